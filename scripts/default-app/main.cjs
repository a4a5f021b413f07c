// Stands in for Electron's own default_app.asar in the test runtime: opens the app whose path is the first argument.
// Without one, Electron ignores an app path on its command line and exits with 1.
const { app } = require('electron')
const { existsSync, readFileSync } = require('node:fs')
const Module = require('node:module')
const path = require('node:path')

function readArguments(argv) {
  const preloads = []
  for (let index = 0; index < argv.length; index++) {
    const argument = argv[index]
    if (argument === '-r' || argument === '--require') preloads.push(argv[++index])
    else if (!argument.startsWith('-')) return { preloads, appPath: path.resolve(argument) }
  }
  return { preloads, appPath: null }
}

function takeIdentity(appPath) {
  const manifestPath = path.join(appPath, 'package.json')
  if (!existsSync(manifestPath)) return app.setAppPath(path.dirname(appPath))
  const manifest = JSON.parse(readFileSync(manifestPath, 'utf8'))
  if (manifest.version) app.setVersion(manifest.version)
  app.name = manifest.productName ?? manifest.name ?? app.name
  app.setAppPath(appPath)
}

const { preloads, appPath } = readArguments(process.argv.slice(1))
if (appPath === null) {
  console.error('usage: electron [options] path/to/app')
  app.exit(1)
} else {
  // Playwright's loader arrives as a preload; the app itself asks for process.defaultApp to tell a checkout from a package.
  Object.defineProperty(process, 'defaultApp', { configurable: false, enumerable: true, value: true })
  if (preloads.length > 0) Module._preloadModules(preloads)
  takeIdentity(appPath)
  Module._load(Module._resolveFilename(appPath, null, true), Module, true)
}
