// Draws the operations of /api/openapi.json as forms that can be tried.

/** @param {string} tag @param {Object<string, string>} attributes @param {...(Node|string)} children */
function element(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/** Address of an operation with the values of its form; empty fields are left out. */
function addressOf(path, form) {
  const query = new URLSearchParams();
  let address = path;
  for (const input of form.querySelectorAll("input")) {
    if (input.dataset.in === "path") address = address.replace(`{${input.name}}`, encodeURIComponent(input.value));
    else if (input.value) query.set(input.name, input.value);
  }
  return query.size ? `${address}?${query}` : address;
}

/** Sends the request of a form and shows the answer below it. */
async function tryOut(path, form, output) {
  const address = addressOf(path, form);
  output.textContent = `GET ${address} …`;
  try {
    const response = await fetch(address);
    const type = response.headers.get("content-type") || "";
    const body = type.includes("json") ? JSON.stringify(await response.json(), null, 1) : await response.text();
    output.textContent = `GET ${address}\n${response.status} ${type}\n\n${body.slice(0, 20000)}`;
  } catch (error) {
    output.textContent = `GET ${address}\n${error}`;
  }
}

function parameterRow(parameter) {
  const input = element("input", { name: parameter.name, "aria-label": parameter.name });
  input.dataset.in = parameter.in;
  const label = parameter.required ? `${parameter.name} *` : parameter.name;
  return element("tr", {}, element("td", {}, element("code", {}, label)),
    element("td", {}, parameter.description || ""), element("td", {}, input));
}

/** Fields of the body that an operation answers with. */
function fieldsOf(operation, schemas) {
  const content = operation.responses?.["200"]?.content?.["application/json"]?.schema;
  const name = content?.$ref?.split("/").pop();
  const schema = name && schemas[name];
  return schema?.properties ? `${name}: ${Object.keys(schema.properties).join(", ")}` : "";
}

function operationNode(path, method, operation, schemas) {
  const form = element("form", {});
  const output = element("pre", { hidden: "" });
  const rows = (operation.parameters || []).map(parameterRow);
  if (rows.length) form.append(element("table", {}, ...rows));
  form.append(element("button", { type: "submit" }, "Try"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    output.hidden = false;
    tryOut(path, form, output);
  });
  const summary = element("summary", {}, element("span", { class: "method" }, method.toUpperCase()),
    element("code", {}, path), ` ${operation.summary || ""}`);
  return element("details", {}, summary, element("p", {}, operation.description || ""),
    element("p", {}, element("code", {}, fieldsOf(operation, schemas))), form, output);
}

async function draw() {
  const main = document.getElementById("operations");
  const description = await (await fetch("/api/openapi.json")).json();
  const groups = new Map();
  for (const [path, methods] of Object.entries(description.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const tag = (operation.tags || ["other"])[0];
      if (!groups.has(tag)) groups.set(tag, element("section", {}, element("h2", {}, tag)));
      groups.get(tag).append(operationNode(path, method, operation, description.components?.schemas || {}));
    }
  }
  main.replaceChildren(...groups.values());
}

draw();
