import { functionOf, type Surroundings } from '../surroundings.ts'

/** The command by which a person invokes a function; for the local cloud, in a shell that has read .local/env. */
export function invocation({ stage }: Surroundings, name: string, payload: object): string[] {
  const json = JSON.stringify(payload)
  return stage === null
    ? [`curl -sS "$LAMBDA/2015-03-31/functions/${name}/invocations" -d '${json}'`]
    : [
        `aws lambda invoke --region ${process.env['AWS_REGION']} --function-name ${functionOf(stage, name)} --payload '${json}' --cli-binary-format raw-in-base64-out /dev/stdout`,
      ]
}
