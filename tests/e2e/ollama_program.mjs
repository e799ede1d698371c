// What a JavaScript program does that uses the `ollama` package: `node ollama_program.mjs URL MODEL PULLED`.
// PULLED is a model of a registry. It runs from a folder where the package is installed.

import assert from "node:assert/strict";
import { Ollama } from "ollama";

const [host, model, pulled] = process.argv.slice(2);
const client = new Ollama({ host });
const options = { temperature: 0, seed: 7, num_predict: 12 };
const messages = [{ role: "user", content: "Write one sentence about the sea." }];

async function collect(stream) {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return parts;
}

async function names() {
  return (await client.list()).models.map((item) => item.name);
}

async function describes() {
  assert.match((await client.version()).version, /^\d+\.\d+\.\d+/);
  assert.ok((await names()).includes(`${model}:latest`));
  const shown = await client.show({ model });
  assert.deepEqual(shown.capabilities, ["completion"]);
  assert.ok(shown.model_info["llama.context_length"] > 0);
  await assert.rejects(client.show({ model: "nobody" }), { status_code: 404 });
}

async function generates() {
  const whole = await client.chat({ model, messages, options });
  const chat = await collect(await client.chat({ model, messages, options, stream: true }));
  assert.equal(chat.map((part) => part.message.content).join(""), whole.message.content);
  assert.equal(chat.at(-1).done_reason, "length");
  assert.equal(chat.at(-1).eval_count, 12);

  const prompt = "One, two,";
  const reply = await client.generate({ model, prompt, options });
  const generated = await collect(await client.generate({ model, prompt, options, stream: true }));
  assert.equal(generated.map((part) => part.response).join(""), reply.response);
  assert.ok(generated.at(-1).context.length > 12);

  const loaded = (await client.ps()).models.map((item) => item.name);
  assert.ok(loaded.includes(`${model}:latest`));
  await assert.rejects(client.chat({ model: "nobody", messages, stream: true }), { status_code: 404 });
}

async function embeds() {
  const { embeddings } = await client.embed({ model, input: ["one", "two"] });
  assert.deepEqual(embeddings.map((vector) => vector.length), [576, 576]);
  const { embedding } = await client.embeddings({ model, prompt: "one" });
  assert.equal(embedding.length, 576);
}

async function aborts() {
  const stream = await client.chat({ model, messages, stream: true, options: { num_predict: 2000 } });
  let parts = 0;
  await assert.rejects(
    async () => {
      for await (const _ of stream) if (++parts === 3) stream.abort();
    },
    { name: "AbortError" },
  );
  assert.ok(parts >= 3);
}

async function moves() {
  const steps = await collect(await client.pull({ model: pulled, insecure: true, stream: true }));
  assert.equal(steps.at(-1).status, "success");
  assert.equal((await client.pull({ model: pulled, insecure: true })).status, "success");
  const sent = await collect(await client.push({ model: pulled, insecure: true, stream: true }));
  assert.equal(sent.at(-1).status, "success");

  await client.copy({ source: pulled, destination: "copied" });
  const made = await client.create({ model: "made", from: "copied", system: "Be brief." });
  assert.equal(made.status, "success");
  for (const name of ["made", "copied", pulled]) assert.equal((await client.delete({ model: name })).status, "success");
  assert.equal((await names()).filter((name) => ["made:latest", "copied:latest", pulled].includes(name)).length, 0);
  await assert.rejects(client.delete({ model: pulled }), { status_code: 404 });
}

for (const step of [describes, generates, embeds, aborts, moves]) await step();
