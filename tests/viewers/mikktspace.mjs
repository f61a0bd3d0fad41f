// Don McCurdy's build of Mikkelsen's own code: a JSON list of {positions, normals, uv}, flat and without indices, on
// standard input gives a JSON list of tangents, four numbers a corner, on standard output.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
const { generateTangents } = createRequire(import.meta.url)("mikktspace");

const meshes = JSON.parse(readFileSync(0, "utf8"));
const flat = (mesh) => ["positions", "normals", "uv"].map((name) => new Float32Array(mesh[name]));
console.log(JSON.stringify(meshes.map((mesh) => Array.from(generateTangents(...flat(mesh))))));
