// The Khronos glTF validator over many files: `node validate.mjs A.glb B.glb …` prints a JSON list, one entry a file.

import { readFile } from "node:fs/promises";
import validator from "gltf-validator";

const results = [];
for (const path of process.argv.slice(2)) {
  try {
    const report = await validator.validateBytes(new Uint8Array(await readFile(path)), { uri: path, maxIssues: 100 });
    const { numErrors: errors, numWarnings: warnings, numInfos: infos, numHints: hints, messages } = report.issues;
    const { totalTriangleCount: triangles, totalVertexCount: vertices } = report.info ?? {};
    results.push({ path, errors, warnings, infos, hints, messages, triangles, vertices });
  } catch (error) {
    // What is no glTF at all is thrown rather than reported.
    results.push({ path, errors: 1, warnings: 0, infos: 0, hints: 0, messages: [{ message: String(error) }] });
  }
}
console.log(JSON.stringify(results, null, 1));
