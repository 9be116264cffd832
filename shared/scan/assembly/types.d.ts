// What the kernel uses of AssemblyScript's environment, for the compiler of the host.

type bool = boolean;
type i16 = number;
type i32 = number;
type u8 = number;
type u16 = number;
type u32 = number;
type u64 = number;
type usize = number;

interface v128 {
  readonly lanes: never;
}

declare function load<T>(address: usize, offset?: usize): T;
declare function store<T>(address: usize, value: T, offset?: usize): void;
declare function i32(value: number | boolean): i32;
declare function u32(value: number | boolean): u32;
declare function u64(value: number | boolean): u64;
declare function usize(value: number | boolean): usize;
declare function min<T>(one: T, other: T): T;
declare function max<T>(one: T, other: T): T;
declare function ctz<T>(value: T): T;
declare function rotl<T>(value: T, by: T): T;
declare function unreachable(): never;

declare namespace memory {
  function copy(to: usize, from: usize, length: usize): void;
  function fill(to: usize, value: u8, length: usize): void;
}

declare namespace v128 {
  function load(address: usize, offset?: usize): v128;
  function store(address: usize, value: v128, offset?: usize): void;
  function and(one: v128, other: v128): v128;
  function or(one: v128, other: v128): v128;
  function any_true(value: v128): bool;
}

declare namespace i8x16 {
  function splat(value: i32): v128;
  function eq(one: v128, other: v128): v128;
  function all_true(value: v128): bool;
  function lt_s(one: v128, other: v128): v128;
  function shr_u(value: v128, by: i32): v128;
  function swizzle(table: v128, places: v128): v128;
  function bitmask(value: v128): i32;
  function narrow_i16x8_u(one: v128, other: v128): v128;
}

declare namespace i16x8 {
  function splat(value: i16): v128;
  function extend_low_i8x16_u(value: v128): v128;
  function extend_high_i8x16_u(value: v128): v128;
}

declare namespace i32x4 {
  function add(one: v128, other: v128): v128;
}

declare namespace i64x2 {
  function splat(value: u64): v128;
  function add(one: v128, other: v128): v128;
  function extmul_low_i32x4_u(one: v128, other: v128): v128;
  function extmul_high_i32x4_u(one: v128, other: v128): v128;
  function extract_lane(value: v128, lane: u8): u64;
}
