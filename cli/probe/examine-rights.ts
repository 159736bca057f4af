import { ListDocumentsCommand, type QBusinessClient } from '@aws-sdk/client-qbusiness'
import { Fault, type Sheet } from '../doctor/finding.ts'
import type { Place } from '../surroundings.ts'
import { counted, printable, progress, quoted, wrapped } from '../terminal.ts'
import { DeniedError } from './probe-error.ts'
import { PREFIX, type ThrowawayGroups } from './throwaway-groups.ts'

/**
 * Whether a probe may begin, by calls that change nothing. Answers the document by which people's groups are asked, null where
 * there is none; or nothing where it may not.
 */
export async function examineRights(
  sheet: Sheet,
  { settings }: Place,
  client: QBusinessClient,
  groups: ThrowawayGroups,
): Promise<{ document: string | null } | null> {
  const { applicationId, indexId } = settings.qBusiness
  const free = await sheet.check('index', async () => {
    const line = progress('Groups read')
    const there = await groups.listed('any', line.tell).catch(orFault(indexId)).finally(line.end)
    if (there.length === 0) return { found: `${indexId} has no groups of another probe`, value: true }
    throw new Fault(
      `${counted(there.length, 'group', 'groups')} of another probe ${there.length === 1 ? 'is' : 'are'} there: ${there.map(printable).join(', ')}`,
      'it may be running now: wait five minutes. If it was killed, delete them:',
      ...there.map((name) => deleteCommand({ applicationId, indexId }, name)),
    )
  })
  if (free === null) {
    sheet.skip('the index', 'rights')
    return null
  }
  return sheet.check('rights', async () => {
    const nothing = groups.name('nothing')
    const document = await documentOf(groups, client, settings).catch(orFault(indexId))
    await groups.shown(nothing).catch(orFault(indexId))
    // Who may not is told so before it is looked whether there is such a group.
    await groups.delete(nothing).catch(orFault(indexId))
    const found = document === null ? '; there is no document by which to ask for people' : ''
    return { found: `all but PutGroup, which is tried first${found}`, value: { document } }
  })
}

async function documentOf(groups: ThrowawayGroups, client: QBusinessClient, { qBusiness, drift }: Place['settings']) {
  const { applicationId, indexId } = qBusiness
  const first = () =>
    groups.call('ListDocuments', () => client.send(new ListDocumentsCommand({ applicationId, indexId, maxResults: 1 })))
  const document = drift.document ?? (await first()).documentDetailList?.[0]?.documentId ?? null
  if (document === null) return null
  return (await groups.of('nobody@q-group-sync.invalid', document)) === 'no document' ? null : document
}

/** What is to be done about a right that is missing. */
export const RIGHTS =
  'the policy ProberPolicyArn among the outputs of the stack allows all that a probe needs; docs/probe.md lists it'

function orFault(indexId: string) {
  return (error: Error): never => {
    if (error instanceof DeniedError) throw new Fault(error.message, RIGHTS)
    if (error.name === 'ResourceNotFoundException') {
      throw new Fault(
        `there is no index ${indexId} in ${process.env['AWS_REGION']} of this account`,
        'set qBusiness.indexId to one that is there',
      )
    }
    throw error
  }
}

/** The command by which a person deletes a group. */
export function deleteCommand(
  { applicationId, indexId }: { applicationId: string; indexId: string },
  name: string,
): string {
  const where = `--region ${process.env['AWS_REGION']} --application-id ${applicationId} --index-id ${indexId}`
  return `aws qbusiness delete-group ${where} --group-name ${quoted(name)}`
}

/** What a person is told before anything is made. */
export function announcement(indexId: string, id: string): string {
  const text = `This makes up to ${MOST_GROUPS} throwaway groups in the index ${indexId}, named ${PREFIX}${id}-…, and deletes them. No document names them, so nobody's access changes. It takes seconds, five minutes at most; Ctrl-C ends it, and deletes them too.`
  return wrapped(text, 0).join('\n')
}

/** First ones 3, no members 1, limits 12, both kinds 2, two puts 4, types 2, levels 5. */
const MOST_GROUPS = 29
