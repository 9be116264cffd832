// The part of a DOM element that we use; Node has no DOM types.

export interface PageElement {
  readonly nodeName: string;
  readonly textContent: string | null;
  readonly parentNode: PageElement | null;
  readonly childNodes: ArrayLike<PageElement>;
  getAttribute(name: string): string | null;
  getElementsByTagName(name: string): ArrayLike<PageElement>;
}
