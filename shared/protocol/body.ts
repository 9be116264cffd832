// A request body: bytes in this process with what stages learned about them, or a claim check for bytes
// that another process holds.

import {
  ParsedRequest,
  scanSteps,
  topLevelSteps,
  type TopLevel,
} from '../anthropic/parsed-request.ts';
import { splicedBytes } from '../json/byte-splice.ts';
import { orderedEdits, splicedParts, type Edit } from '../json/edit.ts';
import { JsonBoundError } from '../json/parse.ts';
import { treeSteps } from '../scan/json-tree.ts';
import { processKernel, type ScannedBody } from '../scan/process-kernel.ts';
import { encodedSteps, utf8Text } from '../runtime/bytes.ts';
import { finished } from '../runtime/finished.ts';
import type { JsonLimits } from '../limits.ts';

export interface Body {
  /** In bytes; known without reading. */
  readonly size: number;
  /** @throws `body_unreachable` when the bytes cannot be fetched from their holder */
  read(signal: AbortSignal): Promise<RequestBody>;
  /** Frees the parsed form, which takes many times the memory of the bytes; it can be parsed again. */
  dropParsed(): void;
}

/** Belongs to its message: stages of one process share the parsed form. Callers must not change the bytes. */
export class RequestBody implements Body {
  readonly bytes: Uint8Array;
  #parsed: ParsedRequest | undefined;
  #topLevel: TopLevel | undefined;
  /** All values, before the texts among them are found. */
  #tree: TopLevel | undefined;
  /** What a pass over the bytes has learned; kept until the body is parsed. */
  #scanned: ScannedBody | undefined;
  /** Moves the parsed form of the body before its edits; `undefined` if it must be parsed. */
  #rebase: (() => Generator<void, ParsedRequest | undefined>) | undefined;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get size(): number {
    return this.bytes.byteLength;
  }

  read(): Promise<RequestBody> {
    return Promise.resolve(this);
  }

  /** Parses on first use. @throws JsonSyntaxError, or JsonBoundError if the body exceeds a bound */
  parse(limits: JsonLimits): ParsedRequest {
    return finished(this.parseSteps(limits));
  }

  /** Like `parse`, in steps, as large bodies take long. */
  *parseSteps(limits: JsonLimits): Generator<void, ParsedRequest> {
    if (this.#parsed) return this.#parsed;
    const rebased = yield* this.#rebaseSteps();
    if (rebased) return (this.#parsed ??= rebased);
    const scanned = (this.#scanned ??= yield* scanSteps(this.bytes, limits));
    const tree = (this.#tree ??= yield* this.#wholeTreeSteps(scanned));
    this.#parsed ??= yield* ParsedRequest.steps(this.bytes, tree, scanned);
    this.#scanned = this.#tree = undefined;
    return this.#parsed;
  }

  /** Lists all values, without the texts among them. Throws as `parse`. */
  parseTree(limits: JsonLimits): TopLevel {
    return finished(this.treeSteps(limits));
  }

  /** Like `parseTree`, in steps. */
  *treeSteps(limits: JsonLimits): Generator<void, TopLevel> {
    this.#parsed ??= yield* this.#rebaseSteps();
    if (this.#parsed) return this.#parsed;
    const scanned = (this.#scanned ??= yield* scanSteps(this.bytes, limits));
    return (this.#tree ??= yield* this.#wholeTreeSteps(scanned));
  }

  *#wholeTreeSteps({ index }: ScannedBody): Generator<void, TopLevel> {
    const text = this.#topLevel?.text ?? (yield* utf8Text(this.bytes));
    return { text, root: yield* treeSteps(index) };
  }

  /** Lists only the first level unless the body is parsed, to save memory for large bodies. Throws as `parse`. */
  parseTopLevel(limits: JsonLimits): TopLevel {
    return finished(this.topLevelSteps(limits));
  }

  /** Like `parseTopLevel`, in steps. */
  *topLevelSteps(limits: JsonLimits): Generator<void, TopLevel> {
    this.#parsed ??= yield* this.#rebaseSteps();
    if (this.#parsed) return this.#parsed;
    if (this.#tree) return this.#tree;
    return (this.#topLevel ??= yield* this.#firstLevelSteps(limits));
  }

  /** Where a later stage of the process reads the texts, the same pass serves both. */
  *#firstLevelSteps(limits: JsonLimits): Generator<void, TopLevel> {
    if (processKernel().readsTexts) this.#scanned ??= yield* this.#tryScanSteps(limits);
    if (!this.#scanned) return yield* topLevelSteps(this.bytes, limits);
    const root = yield* treeSteps(this.#scanned.index, 1);
    return { text: yield* utf8Text(this.bytes), root };
  }

  /** `undefined` if it exceeds a bound, which may be one of what is listed. */
  *#tryScanSteps(limits: JsonLimits): Generator<void, ScannedBody | undefined> {
    try {
      return yield* scanSteps(this.bytes, limits);
    } catch (error) {
      if (error instanceof JsonBoundError) return undefined;
      throw error;
    }
  }

  /** The edited body, whose parsed form is derived from this one. @throws RangeError as `splice` does */
  edit(edits: readonly Edit[]): RequestBody {
    return finished(this.editSteps(edits));
  }

  /** Like `edit`, in steps. */
  *editSteps(edits: readonly Edit[]): Generator<void, RequestBody> {
    this.#parsed ??= yield* this.#rebaseSteps();
    const parsed = this.#parsed;
    const text = (parsed ?? this.#tree ?? this.#topLevel)?.text ?? (yield* utf8Text(this.bytes));
    const ordered = yield* orderedEdits(text, edits);
    const spliced = yield* splicedBytes(this.bytes, text, ordered);
    if (!spliced) return new RequestBody(yield* encodedSteps(yield* splicedParts(text, ordered)));
    const edited = new RequestBody(spliced.bytes);
    // Lazily, as the next stage may be in another process.
    if (parsed) edited.#rebase = () => parsed.rebaseSteps(ordered, spliced);
    return edited;
  }

  dropParsed(): void {
    this.#parsed = undefined;
    this.#topLevel = undefined;
    this.#tree = undefined;
    this.#scanned = undefined;
    this.#rebase = undefined;
  }

  *#rebaseSteps(): Generator<void, ParsedRequest | undefined> {
    const rebase = this.#rebase;
    this.#rebase = undefined;
    return rebase ? yield* rebase() : undefined;
  }
}

/** For requests without a body, such as GET /v1/models. */
export const EMPTY_BODY: Body = new RequestBody(new Uint8Array());
