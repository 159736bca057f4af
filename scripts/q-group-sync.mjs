#!/usr/bin/env node
// The command `npx q-group-sync`, in the project's folder: plain JavaScript, which runs before anything is installed.
process.argv.splice(2, 0, 'cli/main.ts')
await import('./launch.mjs')
