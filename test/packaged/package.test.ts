// One file of tests, so that the stage is packaged once.
import './bundles.suite.ts'
import './roles.suite.ts'
import './run-bundles.suite.ts'
import './template.suite.ts'
