// node tests/containers/validate-manifest.mjs MODULES FILE: each document of a Kubernetes manifest
// against the schema that Kubernetes publishes, as the npm package kubernetes-models in MODULES has
// it. That lets fields pass which no schema knows; here they are faults. Exit 1 if there is one.
import fs from "node:fs";
import { pathToFileURL } from "node:url";

const [modules, file] = process.argv.slice(2);
const load = (name) => import(pathToFileURL(`${modules}/${name}`));
const yaml = (await load("yaml/dist/index.js")).default;

// Maps, whose keys are the writer's.
const free = new Set(["data", "requests", "limits", "labels", "annotations"]);
const known = new Set(["apiVersion", "kind"]);
const schemas = `${modules}/kubernetes-models/_schemas`;
for (const name of fs.readdirSync(schemas).filter((name) => name.endsWith(".js")))
	for (const [, key] of fs.readFileSync(`${schemas}/${name}`, "utf8").matchAll(/\bdata\.(\w+)/g))
		known.add(key);

const unknown = (value) => {
	if (value === null || typeof value !== "object") return [];
	if (Array.isArray(value)) return value.flatMap(unknown);
	return Object.entries(value).flatMap(([key, inner]) =>
		known.has(key) ? (free.has(key) ? [] : unknown(inner)) : [key],
	);
};

let faults = 0;
for (const document of yaml.parseAllDocuments(fs.readFileSync(file, "utf8"))) {
	const object = document.toJSON();
	const where = `${object.apiVersion} ${object.kind}`;
	try {
		if (document.errors.length) throw document.errors[0];
		const models = await load(`kubernetes-models/${object.apiVersion}/index.js`);
		new models[object.kind](object).validate();
		if (unknown(object).length) throw new Error(`no such field: ${unknown(object).join(" ")}`);
		console.log(`${where}: valid`);
	} catch (error) {
		faults++;
		console.log(`${where}: ${error.message}`);
	}
}
process.exit(faults ? 1 : 0);
