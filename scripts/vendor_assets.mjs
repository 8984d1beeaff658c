// Which browser files does the product serve? Copies them from node_modules into the git-ignored vendor/ folder.
//
// Usage: node scripts/vendor_assets.mjs [--check]
//   Each text file gets a .gz and a .br twin, so that the server never compresses at request time.
//   --check changes nothing and exits 1 when vendor/ differs from node_modules.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const COMPRESSED = new Set([".js", ".mjs", ".css"]);

/** Library name → file in vendor/<name>/ → file in node_modules/<package>/. */
const ASSETS = {
  maplibre: {
    package: "maplibre-gl",
    files: {
      "maplibre-gl.mjs": "dist/maplibre-gl.mjs",
      "maplibre-gl-worker.mjs": "dist/maplibre-gl-worker.mjs",
      "maplibre-gl.css": "dist/maplibre-gl.css",
      "LICENSE.txt": "LICENSE.txt",
    },
  },
  leaflet: {
    package: "leaflet",
    files: {
      "leaflet.js": "dist/leaflet.js",
      "leaflet.css": "dist/leaflet.css",
      "images/layers.png": "dist/images/layers.png",
      "images/layers-2x.png": "dist/images/layers-2x.png",
      "images/marker-icon.png": "dist/images/marker-icon.png",
      "images/marker-icon-2x.png": "dist/images/marker-icon-2x.png",
      "images/marker-shadow.png": "dist/images/marker-shadow.png",
      "LICENSE": "LICENSE",
    },
  },
};

/** Reads one package file; drops the pointer to a source map, which is not shipped. */
function readAsset(packageName, path) {
  const full = join(ROOT, "node_modules", packageName, path);
  if (!existsSync(full)) {
    throw new Error(`node_modules/${packageName}/${path} is missing. Run "npm ci --ignore-scripts", then this script again.`);
  }
  const bytes = readFileSync(full);
  if (!COMPRESSED.has(extname(path))) return bytes;
  return Buffer.from(bytes.toString("utf8").replace(/\n?\/[/*]# sourceMappingURL=[^\n]*\s*$/, "\n"), "utf8");
}

function compressBrotli(bytes) {
  return brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  });
}

/** Yields every file of vendor/ as {path, bytes, twins}. */
function* listAssets() {
  for (const [library, { package: packageName, files }] of Object.entries(ASSETS)) {
    for (const [target, source] of Object.entries(files)) {
      yield {
        path: join(library, target),
        bytes: readAsset(packageName, source),
        compressed: COMPRESSED.has(extname(target)),
      };
    }
  }
}

function versionOf(packageName) {
  return JSON.parse(readFileSync(join(ROOT, "node_modules", packageName, "package.json"), "utf8")).version;
}

/** The manifest tells what vendor/ holds: version per library, size and SHA-256 per file. */
function buildManifest(assets) {
  const libraries = Object.fromEntries(Object.entries(ASSETS).map(([name, a]) => [name, versionOf(a.package)]));
  const files = Object.fromEntries(
    assets.map((a) => [
      a.path.replaceAll("\\", "/"),
      { bytes: a.bytes.length, sha256: createHash("sha256").update(a.bytes).digest("hex") },
    ]),
  );
  return JSON.stringify({ libraries, files }, null, 2) + "\n";
}

function isCurrent(vendor, assets, manifest) {
  const path = join(vendor, "manifest.json");
  if (!existsSync(path) || readFileSync(path, "utf8") !== manifest) return false;
  return assets.every((asset) => {
    const file = join(vendor, asset.path);
    const twins = asset.compressed ? [".gz", ".br"] : [];
    return existsSync(file) && readFileSync(file).equals(asset.bytes) && twins.every((t) => existsSync(file + t));
  });
}

function writeAsset(vendor, asset) {
  const file = join(vendor, asset.path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, asset.bytes);
  if (!asset.compressed) return;
  writeFileSync(`${file}.gz`, gzipSync(asset.bytes, { level: 9 }));
  writeFileSync(`${file}.br`, compressBrotli(asset.bytes));
}

function main() {
  const vendor = join(ROOT, "vendor");
  const assets = [...listAssets()];
  const manifest = buildManifest(assets);
  if (isCurrent(vendor, assets, manifest)) {
    console.log("vendor/ is up to date");
    return 0;
  }
  if (process.argv.includes("--check")) {
    console.error('vendor/ differs from node_modules. Run "node scripts/vendor_assets.mjs".');
    return 1;
  }
  for (const library of Object.keys(ASSETS)) rmSync(join(vendor, library), { recursive: true, force: true });
  for (const asset of assets) writeAsset(vendor, asset);
  writeFileSync(join(vendor, "manifest.json"), manifest);
  console.log(`vendor/: ${assets.length} files of ${Object.keys(ASSETS).join(", ")}`);
  return 0;
}

try {
  process.exitCode = main();
} catch (error) {
  console.error(String(error.message ?? error));
  process.exitCode = 1;
}
