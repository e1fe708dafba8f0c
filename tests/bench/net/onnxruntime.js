// ONNX Runtime's part of the benchmark of forward passes:
// node onnxruntime.js PACKAGES TRUNK.onnx ALL.onnx IMAGES.raw. Answers requests, see bench.py.
"use strict";
const fs = require("fs");
const path = require("path");
const readline = require("readline");

const [packages, trunk, all, imagesPath] = process.argv.slice(2);
const ort = require(path.join(packages, "node_modules", "onnxruntime-node"));
const bytes = fs.readFileSync(imagesPath);
const images = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
const values = 3 * 55 * 47;
const sessions = new Map();

async function session(what, threads) {
  const key = what + threads;
  if (!sessions.has(key)) {
    sessions.set(key, await ort.InferenceSession.create(what === "fc4" ? trunk : all, {
      intraOpNumThreads: threads, interOpNumThreads: 1, executionMode: "sequential",
      graphOptimizationLevel: "all",
    }));
  }
  return sessions.get(key);
}

async function answer(line) {
  const [what, batch, threads, seconds] = line.split(" ");
  const n = Number(batch);
  const run = await session(what, Number(threads));
  const input = { input: new ort.Tensor("float32", images.slice(0, n * values), [n, 3, 55, 47]) };
  let out = await run.run(input), done = 0;
  const begun = process.hrtime.bigint();
  let spent;
  do {
    out = await run.run(input);
    done += n;
    spent = Number(process.hrtime.bigint() - begun) / 1e9;
  } while (spent < Number(seconds));
  let first = 0;
  for (const name of run.outputNames) for (const v of out[name].data.slice(0, 512)) first += v;
  console.log(`${(done / spent).toFixed(1)} ${first}`);
}

(async () => {
  const version = JSON.parse(fs.readFileSync(path.join(
    packages, "node_modules", "onnxruntime-node", "package.json"))).version;
  console.log(`ONNX Runtime ${version}`);
  for await (const line of readline.createInterface({ input: process.stdin })) await answer(line);
})();
