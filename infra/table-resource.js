// JavaScript, since osls requires what it includes; Node 24 runs the TypeScript behind it by itself.
import { table as facts } from './table.ts'

/** The table as CloudFormation takes it. It is the truth, so it outlives the stack. */
export const table = {
  Type: 'AWS::DynamoDB::Table',
  DeletionPolicy: 'Retain',
  UpdateReplacePolicy: 'Retain',
  Properties: {
    ...facts(''),
    // A name of its own: a stack that is made anew stops at the table that is there, and doesn't begin with an empty one.
    TableName: { Ref: 'AWS::StackName' },
    DeletionProtectionEnabled: true,
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    SSESpecification: { SSEEnabled: true },
    TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
  },
}
