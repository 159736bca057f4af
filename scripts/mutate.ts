import { Stryker } from '@stryker-mutator/core'

const mutate = process.argv.slice(2)
await new Stryker(mutate.length > 0 ? { mutate } : {}).runMutationTest()
