/**
 * What nobody outside AWS knows of Amazon Q Business, as choices: the software has to be right under each of them.
 *
 * Read anew at every call, so a test may turn them at any time, except `groupNames`, which is fixed by the first put.
 */
export interface Switches {
  /** A PutGroup with no members at all is taken, or refused with ValidationException. */
  emptyList: 'taken' | 'refused'
  /** Members that one inline list may have; 1,000 by the documentation. */
  memberLimit: number
  /** Whether the limit is for users and subgroups in one sum, or for each of the two. */
  memberLimitCounts: 'together' | 'apart'
  /** Too many members are refused at once (ValidationException), or are taken and FAILED later. */
  overLimit: 'refused' | 'fails-later'
  /** Whether `Sales` and `sales` are two groups or one. */
  groupNames: 'case-sensitive' | 'case-insensitive'
  /** Of two puts in flight, the one sent later counts in the end, or is overwritten by the one sent earlier. */
  overlap: 'in-order' | 'reversed'
  /** Milliseconds by which the put sent earlier lands after the later one, where `overlap` is `reversed`. */
  overlapLagMs: number
  /** Milliseconds after a put during which GetGroup shows what it showed before (404 for a new group). */
  staleStatusMs: number
  /** Milliseconds that a put is PROCESSING and a delete is DELETING; a day of index maintenance is 86,400,000. */
  processingMs: number
  /** PutGroup and DeleteGroup while the group is PROCESSING or DELETING: taken, or 409. */
  putWhileProcessing: 'taken' | 'conflict'
  /** Members that CreateUser never made (see `UserStore.createUser`): taken, refused (400), or FAILED later. */
  unknownUsers: 'taken' | 'refused' | 'fails-later'
  /** The type of a member that is put without one; a DATASOURCE member doesn't count for documents of the index. */
  absentMemberType: 'INDEX' | 'DATASOURCE'
  /** CheckDocumentAccess for a person never seen (see `UserStore.createUser`): all the same, no groups, or 404. */
  unseenPerson: 'resolved' | 'empty' | 'not-found'
  /** `lastUpdatedAt` with its milliseconds as a fraction, or in whole seconds (rounded down). */
  lastUpdatedAt: 'fraction' | 'seconds'
  /** `lastUpdatedAt` is when the status came about, or when the put was sent to which it belongs. */
  lastUpdatedAtCounts: 'status' | 'put'
  /** GetGroup's `statusHistory` holds every status since the group is there, or only the last one. */
  statusHistory: 'grows' | 'last-only'
  /** Levels of subgroups that are followed; 1 is the members of the groups that a document names. Cycles never hurt. */
  nestingDepth: number
  /** A group put again after DeleteGroup counts in the ACLs of older documents, or no longer (the docs warn of it). */
  recreatedGroup: 'keeps-acls' | 'loses-acls'
  /** Where GetApplication says that people come from. */
  identityType: 'AWS_IAM_IDP_SAML' | 'AWS_IAM_IDP_OIDC' | 'AWS_IAM_IDC' | 'AWS_QUICKSIGHT_IDP' | 'ANONYMOUS'
}

/** The mildest service that the model allows. */
export const defaultSwitches: Readonly<Switches> = {
  emptyList: 'taken',
  memberLimit: 1000,
  memberLimitCounts: 'together',
  overLimit: 'refused',
  groupNames: 'case-sensitive',
  overlap: 'in-order',
  overlapLagMs: 0,
  staleStatusMs: 0,
  processingMs: 20,
  putWhileProcessing: 'taken',
  unknownUsers: 'taken',
  absentMemberType: 'INDEX',
  unseenPerson: 'resolved',
  lastUpdatedAt: 'fraction',
  lastUpdatedAtCounts: 'status',
  statusHistory: 'grows',
  nestingDepth: Number.POSITIVE_INFINITY,
  recreatedGroup: 'keeps-acls',
  identityType: 'AWS_IAM_IDP_OIDC',
}
