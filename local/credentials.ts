const LOCAL = { accessKeyId: 'local', secretAccessKey: 'local' }

/** What a client of the local cloud signs with: the environment's credentials where it has some, for a part may be a real one. */
export function credentials(): { credentials?: typeof LOCAL } {
  return process.env['AWS_ACCESS_KEY_ID'] || process.env['AWS_PROFILE'] ? {} : { credentials: LOCAL }
}
