// One file of tests, so that the stage is packaged once.
import './bundles.suite.ts'
import './check.suite.ts'
import './monitoring.suite.ts'
import './roles.suite.ts'
import './template.suite.ts'
// Last, since it lets time pass.
import './end-to-end.suite.ts'
