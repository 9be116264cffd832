// An element of the page that turndown builds, as far as it is looked at here: the types of the DOM are
// not those of Node.

export interface PageElement {
  readonly nodeName: string;
  readonly textContent: string | null;
  readonly parentNode: PageElement | null;
  readonly childNodes: ArrayLike<PageElement>;
  getAttribute(name: string): string | null;
  getElementsByTagName(name: string): ArrayLike<PageElement>;
}
