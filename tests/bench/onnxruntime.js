// ONNX Runtime's part of the benchmarks of networks:
// node onnxruntime.js PACKAGES IMAGES.raw C,H,W NAME=MODEL.onnx... Answers requests, see peers.py.
"use strict";
const fs = require("fs");
const path = require("path");
const readline = require("readline");

const [packages, imagesPath, shape, ...models] = process.argv.slice(2);
const ort = require(path.join(packages, "node_modules", "onnxruntime-node"));
const bytes = fs.readFileSync(imagesPath);
const images = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
const dims = shape.split(",").map(Number);
const values = dims.reduce((a, b) => a * b);
const paths = new Map(models.map((m) => [m.slice(0, m.indexOf("=")), m.slice(m.indexOf("=") + 1)]));
const sessions = new Map();

async function session(what, threads) {
  const key = what + threads;
  if (!sessions.has(key)) {
    sessions.set(key, await ort.InferenceSession.create(paths.get(what), {
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
  const tensor = new ort.Tensor("float32", images.slice(0, n * values), [n, ...dims]);
  const input = { [run.inputNames[0]]: tensor };
  let out = await run.run(input), done = 0;
  const begun = process.hrtime.bigint();
  let spent;
  do {
    out = await run.run(input);
    done += n;
    spent = Number(process.hrtime.bigint() - begun) / 1e9;
  } while (spent < Number(seconds));
  let first = 0;
  for (const name of run.outputNames) {
    for (const v of out[name].data.slice(0, out[name].data.length / n)) first += v;
  }
  console.log(`${(done / spent).toFixed(1)} ${first}`);
}

(async () => {
  const version = JSON.parse(fs.readFileSync(path.join(
    packages, "node_modules", "onnxruntime-node", "package.json"))).version;
  console.log(`ONNX Runtime ${version}`);
  for await (const line of readline.createInterface({ input: process.stdin })) await answer(line);
})();
