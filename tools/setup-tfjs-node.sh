#!/usr/bin/env bash
# Sets up @tensorflow/tfjs-node or @tensorflow/tfjs-node-gpu in a folder of its own, for the tests of those engines where
# their own install step cannot download (it wants a storage bucket): the library comes from the pip wheel of TensorFlow,
# the addon is compiled from the sources in the npm package. Linux x64; needs node, npm, g++, make and python3.
#
#   tools/setup-tfjs-node.sh FOLDER [tfjs-node|tfjs-node-gpu]
#   RXDIFFUSION_TFJS_NODE=FOLDER npx vitest run test/plugins/engines/tfjs-node.test.ts
#
# About 300 MB of downloads and a gigabyte on disk; half a minute on two cores. A second run keeps what is there.
# WHEEL chooses another library: `WHEEL=tensorflow==2.15.1` has CUDA.
set -euo pipefail

[ $# -ge 1 ] || { sed -n '2,11s/^# \{0,1\}//p' "$0"; exit 2; }
name=${2:-tfjs-node}
wheel=${WHEEL:-tensorflow-cpu==2.15.1}
mkdir -p "$1"
folder=$(cd "$1" && pwd)
package=$folder/node_modules/@tensorflow/$name

[ -e "$package/package.json" ] ||
  npm install --prefix "$folder" --no-save --ignore-scripts --no-audit --no-fund "@tensorflow/$name@4.22.0"

# The library and its C headers, where the package's binding.gyp looks for them.
if [ ! -e "$package/deps/lib/libtensorflow.so" ]; then
  python=python3
  "$python" -m pip --version >/dev/null 2>&1 || { python3 -m venv "$folder/venv" && python=$folder/venv/bin/python; }
  "$python" -m pip download --quiet --no-deps --only-binary=:all: --python-version 3.11 --implementation cp \
    --platform manylinux_2_17_x86_64 --platform manylinux2014_x86_64 --dest "$folder/wheel" "$wheel"
  "$python" - "$folder/wheel" "$package/deps" <<'PYTHON'
import pathlib, sys, zipfile

wheel = next(pathlib.Path(sys.argv[1]).glob("*.whl"))
deps = pathlib.Path(sys.argv[2])
archive = zipfile.ZipFile(wheel)
for name in archive.namelist():
    header = name.startswith(("tensorflow/include/tensorflow/", "tensorflow/include/tsl/")) and name.endswith(".h")
    library = name in ("tensorflow/libtensorflow_cc.so.2", "tensorflow/libtensorflow_framework.so.2")
    if header or library:
        target = deps / ("lib" if library else "") / name.removeprefix("tensorflow/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(archive.read(name))
# libtensorflow_cc exports the C API too.
for link, target in {
    "libtensorflow_framework.so": "libtensorflow_framework.so.2",
    "libtensorflow.so.2": "libtensorflow_cc.so.2",
    "libtensorflow.so": "libtensorflow_cc.so.2",
}.items():
    (deps / "lib" / link).unlink(missing_ok=True)
    (deps / "lib" / link).symlink_to(target)
PYTHON
  rm -rf "$folder/wheel" "$folder/venv"
fi

# The addon. It speaks N-API, so that one build serves every later version of Node.
napi=$(cd "$package" && node -p 'Math.max(...require("./package.json").binary.napi_versions.filter((v) => v <= process.versions.napi))')
if [ ! -e "$package/lib/napi-v$napi/tfjs_binding.node" ]; then
  headers=$(node -p 'require("path").resolve(process.execPath, "../..")')
  gyp=$(npm root -g)/npm/node_modules/node-gyp/bin/node-gyp.js
  if [ -e "$gyp" ]; then gyp=(node "$gyp"); else gyp=(npx --yes node-gyp@11); fi
  [ -e "$headers/include/node/node_api.h" ] && gyp+=("--nodedir=$headers")
  (cd "$package" && "${gyp[@]}" rebuild "--napi_build_version=$napi" --module_name=tfjs_binding \
    "--module_path=$package/lib/napi-v$napi")
fi

echo "set up in $folder; tests and programs find it by RXDIFFUSION_TFJS_NODE=$folder"
