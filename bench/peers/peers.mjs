// SPDX-License-Identifier: Apache-2.0
// What others' software takes for the nearest thing to one record, for bench/peers.py: microseconds an
// operation of each run, as JSON. Run in a folder into which the packages are installed:
//
//     node --experimental-wasm-modules peers.mjs [RUNS] [SECONDS_A_RUN]
//
// A package that cannot be loaded or has changed is told with its error; the others are still measured.
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const runs = Number(process.argv[2] ?? 5);
const seconds = Number(process.argv[3] ?? 0.5);
const here = createRequire(pathToFileURL(join(process.cwd(), "package.json")));
const text = new TextEncoder();

async function load(name, file) {
  const main = file ? join(process.cwd(), "node_modules", name, file) : here.resolve(name);
  return import(pathToFileURL(main));
}

// CPU time of the process: what else runs on the machine does not enter.
async function measure(operation) {
  await operation();
  const found = [];
  for (let r = 0; r < runs; r++) {
    const begin = process.cpuUsage();
    const stop = performance.now() + seconds * 1000;
    let count = 0;
    while (performance.now() < stop) {
      await operation();
      count++;
    }
    const used = process.cpuUsage(begin);
    found.push((used.user + used.system) / count);
  }
  return found;
}

async function noble() {
  const { ristretto255_oprf } = await load("@noble/curves", "ed25519.js");
  const keys = ristretto255_oprf.oprf.generateKeyPair();
  const { blinded } = ristretto255_oprf.oprf.blind(text.encode("x".repeat(80)));
  return measure(() => ristretto255_oprf.oprf.blindEvaluate(keys.secretKey, blinded));
}

async function voprf(suiteName, withNoble) {
  const lib = await load("@cloudflare/voprf-ts", "lib/esm/src/index.js");
  if (withNoble) {
    const { CryptoNoble } = await load("@cloudflare/voprf-ts", "lib/esm/src/cryptoNoble.js");
    lib.Oprf.Crypto = CryptoNoble;
  }
  const suite = lib.Oprf.Suite[suiteName];
  const key = await lib.randomPrivateKey(suite);
  const [, request] = await new lib.OPRFClient(suite).blind([text.encode("x".repeat(80))]);
  const server = new lib.OPRFServer(suite, key);
  return measure(() => server.blindEvaluate(request));
}

async function libpep() {
  const pep = await load("@nolai/libpep-wasm", "pkg/libpep.js");
  const secret = text.encode("secret");
  const pseudonymSecret = new pep.PseudonymizationSecret(secret);
  const encryptionSecret = new pep.EncryptionSecret(secret);
  const [from, to] = ["a", "b"].map((name) => new pep.PseudonymizationDomain(name));
  const [one, two] = ["s", "t"].map((name) => new pep.EncryptionContext(name));
  const keys = pep.makePseudonymSessionKeys(pep.makePseudonymGlobalKeys().secret, one, encryptionSecret);
  const sealed = pep.encryptPseudonym(pep.Pseudonym.random(), keys.public);
  const info = new pep.PseudonymizationInfo(from, to, one, two, pseudonymSecret, encryptionSecret);
  return measure(() => pep.pseudonymize(sealed, info).free());
}

const peers = {
  noble_blind_evaluate: noble,
  voprf_ts_p256_blind_evaluate: () => voprf("P256_SHA256", false),
  voprf_ts_ristretto255_blind_evaluate: () => voprf("RISTRETTO255_SHA512", true),
  libpep_wasm_pseudonymise: libpep,
};
const result = { node: process.version };
for (const [name, run] of Object.entries(peers)) {
  try {
    result[name] = { us: await run() };
  } catch (error) {
    result[name] = { why: String(error).split("\n")[0] };
  }
}
console.log(JSON.stringify(result));
