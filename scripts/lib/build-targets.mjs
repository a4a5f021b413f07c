/**
 * What is built: one entry a target, each a file (or folder) of its own in out/.
 * `sources` are the folders and files whose change makes it stale. A target whose `entry` does not exist is left out.
 */
const gatewaySources = ['shared', 'main', 'vite.config.gateway.ts']
const desktopSources = ['shared', 'main', 'vite.config.desktop.ts']

export const buildTargets = [
  // The CLI alone is split: `statusline` has milliseconds to answer and must not load the gateway to do it.
  { name: 'cli', entry: 'main/cli/main.ts', file: 'cli.cjs', split: true, config: 'gateway', sources: gatewaySources },
  {
    name: 'gateway',
    entry: 'main/gateway/gateway-process.ts',
    file: 'gateway.cjs',
    config: 'gateway',
    sources: gatewaySources,
  },
  // Loaded into the Nodes that `run` starts. Two files: most of those never call `fetch`, and must not load what it needs.
  {
    name: 'child-preload',
    entry: 'main/cli/environment/child/child-preload.ts',
    file: 'child-preload.cjs',
    config: 'gateway',
    sources: ['main/cli/environment', 'main/proxy/intercept', 'vite.config.gateway.ts'],
  },
  {
    name: 'child-dispatcher',
    entry: 'main/cli/environment/child/child-dispatcher.ts',
    file: 'child-dispatcher.cjs',
    config: 'gateway',
    sources: [
      'main/cli/environment/child/child-dispatcher.ts',
      'main/platform/network/dispatchers.ts',
      'vite.config.gateway.ts',
    ],
  },
  {
    name: 'token-worker',
    entry: 'main/platform/tokens/token-worker.ts',
    file: 'token-worker.cjs',
    config: 'gateway',
    sources: gatewaySources,
  },
  {
    name: 'demo',
    entry: 'test/support/demo.ts',
    file: 'demo.cjs',
    config: 'gateway',
    sources: [...gatewaySources, 'test/support'],
  },
  {
    name: 'desktop-main',
    entry: 'main/desktop/main.ts',
    file: 'desktop/main.cjs',
    config: 'desktop',
    sources: desktopSources,
  },
  {
    name: 'desktop-preload',
    entry: 'main/desktop/window/preload.ts',
    file: 'desktop/preload.cjs',
    config: 'desktop',
    sources: desktopSources,
  },
  {
    name: 'renderer',
    entry: 'renderer/index.html',
    folder: 'renderer',
    config: 'renderer',
    sources: ['shared', 'renderer', 'vite.config.renderer.ts'],
  },
]
