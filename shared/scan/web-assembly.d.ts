// What llmp uses of WebAssembly, which is in the types of browsers only.

declare namespace WebAssembly {
  type Module = object;
  const Module: new (bytes: Uint8Array) => Module;

  class Memory {
    readonly buffer: ArrayBuffer;
    private constructor();
    grow(pages: number): number;
  }

  class Instance {
    readonly exports: Readonly<Record<string, unknown>>;
    constructor(module: Module);
  }
}
