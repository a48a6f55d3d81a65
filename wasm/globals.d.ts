/* What is in some programs alone: the part greenio_check of join.mjs's. */
declare const greenio$wasm_parks: typeof import('./parks.mjs');
