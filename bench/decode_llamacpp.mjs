// llama.cpp on a GGUF file: the peer of `rapt bench decode|prefill MODEL --peer DIR`.
//
// Prints {"per_second": [tokens per second of each step], ...}. Steps are evaluations without sampling. DIR is a folder in which
// `npm install node-llama-cpp` ran; its prebuilt libraries choose the kernels of the processor themselves.

import fs from "node:fs";
import path from "node:path";
import {parseArgs} from "node:util";
import {pathToFileURL} from "node:url";

const WARM_UP_STEPS = 2, WARM_UP_SECONDS = 3, FEWEST_STEPS = 3; // as in peer.py

const string = {type: "string"};
const {values: args} = parseArgs({
  options: {task: string, folder: string, model: string, batch: string, prompt: string, tokens: string, threads: string, seconds: string},
});
const [batch, prompt, newTokens, threads, seconds] = [args.batch, args.prompt, args.tokens, args.threads, args.seconds].map(Number);

const library = path.resolve(args.folder, "node_modules/node-llama-cpp/dist/index.js");
if (!fs.existsSync(library)) {
  console.log(JSON.stringify({missing: `${args.folder} must hold node_modules/node-llama-cpp`}));
  process.exit(0);
}
const {getLlama} = await import(pathToFileURL(library));
const llama = await getLlama({gpu: false, build: "never", maxThreads: threads, logLevel: "error"});
const model = await llama.loadModel({modelPath: args.model});
const context = await model.createContext({contextSize: prompt + newTokens + 1, batchSize: 512, threads, sequences: batch});
const sequences = Array.from({length: batch}, () => context.getSequence());

let state = 1;
const randomToken = () => (state = (state * 48271) % 2147483647) % 1000;
// what the sequences ask for together runs as one batch
const evaluate = (count) =>
  Promise.all(sequences.map((s) => s.evaluateWithoutGeneratingNewTokens(Array.from({length: count}, randomToken))));
const readPrompt = async () => {
  await Promise.all(sequences.map((s) => s.clearHistory()));
  await evaluate(prompt);
};

const perSecond = [];
const begin = performance.now();
let count = 0, measuredFrom = null;

function add(tokens, milliseconds) {
  count++;
  if (measuredFrom !== null) {
    perSecond.push((tokens * 1000) / milliseconds);
  } else if (count >= WARM_UP_STEPS && performance.now() - begin >= WARM_UP_SECONDS * 1000) {
    measuredFrom = performance.now();
  }
  return perSecond.length < FEWEST_STEPS || performance.now() - measuredFrom < seconds * 1000;
}

async function timed(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

let more = true;
while (more) {
  if (args.task === "prefill") {
    more = add(batch * prompt, await timed(readPrompt));
  } else {
    await readPrompt();
    for (let i = 0; i < newTokens && more; i++) {
      more = add(batch, await timed(() => evaluate(1)));
    }
  }
}
console.log(JSON.stringify({per_second: perSecond, peak_bytes: process.resourceUsage().maxRSS * 1024}));
process.exit(0);
