import { createHash, randomUUID } from 'node:crypto'

/** One version of a secret; `createdAt` in epoch milliseconds. */
export interface SecretVersion {
  id: string
  value: string
  createdAt: number
  /** AWSCURRENT, AWSPREVIOUS, or none for what is older. */
  stages: string[]
}

/** A secret, its newest version first. */
export interface Secret {
  name: string
  arn: string
  versions: SecretVersion[]
}

/**
 * An answer other than success; `type` is what the service has in `__type`. All are 400 but InternalServiceError, 500.
 */
export class SecretsError extends Error {
  readonly type: string

  constructor(type: string, message: string) {
    super(message)
    this.name = 'SecretsError'
    this.type = type
  }
}

/** The secrets of one account and region: a state machine without sockets. */
export class SecretStore {
  readonly #now: () => number
  readonly #secrets: Secret[] = []

  constructor(now: () => number) {
    this.#now = now
  }

  /**
   * Makes a secret by its name or its whole ARN, or a new version of one if the value is another; the version before
   * becomes AWSPREVIOUS.
   */
  put(nameOrArn: string, value: string): Secret {
    const secret = this.find(nameOrArn) ?? this.#create(nameOrArn)
    if (secret.versions[0]?.value === value) return secret
    for (const version of secret.versions) version.stages = version.stages.includes('AWSCURRENT') ? ['AWSPREVIOUS'] : []
    secret.versions.unshift({ id: randomUUID(), value, createdAt: this.#now(), stages: ['AWSCURRENT'] })
    return secret
  }

  remove(nameOrArn: string): void {
    const secret = this.find(nameOrArn)
    if (secret) this.#secrets.splice(this.#secrets.indexOf(secret), 1)
  }

  /** A secret by its name, its ARN, or its ARN without the six characters that the service adds. */
  find(nameOrArn: string): Secret | undefined {
    return this.#secrets.find(({ name, arn }) => [name, arn, arn.slice(0, -7)].includes(nameOrArn))
  }

  /**
   * @throws SecretsError ResourceNotFoundException or, if the version doesn't bear the stage, InvalidRequestException
   */
  version(nameOrArn: string, id?: string, stage?: string): { secret: Secret; version: SecretVersion } {
    const secret = this.find(nameOrArn)
    if (!secret) throw notFound("Secrets Manager can't find the specified secret.")
    const wanted = id === undefined ? (stage ?? 'AWSCURRENT') : stage
    const version = secret.versions.find((each) =>
      id === undefined ? each.stages.includes(wanted ?? '') : each.id === id,
    )
    if (!version) {
      const what = id === undefined ? `staging label: ${wanted}` : `VersionId: ${id}`
      throw notFound(`Secrets Manager can't find the specified secret value for ${what}`)
    }
    if (stage !== undefined && !version.stages.includes(stage)) {
      const message = 'You provided a VersionStage that is not associated to the provided VersionId.'
      throw new SecretsError('InvalidRequestException', message)
    }
    return { secret, version }
  }

  #create(nameOrArn: string): Secret {
    const suffix = createHash('sha256').update(nameOrArn).digest('hex').slice(0, 6)
    const isArn = nameOrArn.startsWith('arn:')
    const arn = isArn ? nameOrArn : `arn:aws:secretsmanager:us-east-1:123456789012:secret:${nameOrArn}-${suffix}`
    const secret: Secret = {
      name: isArn ? arn.split(':').slice(6).join(':').slice(0, -7) : nameOrArn,
      arn,
      versions: [],
    }
    this.#secrets.push(secret)
    return secret
  }
}

function notFound(message: string): SecretsError {
  return new SecretsError('ResourceNotFoundException', message)
}
