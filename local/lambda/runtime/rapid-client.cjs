// Takes the place of aws-lambda-ric's native client, a C++ add-on that its install scripts would have to build: preloaded
// with --require, it is what `./rapid-client.node` leads to. It speaks the Runtime API as that one does
// (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html). CommonJS without types, since it is a part of every
// cold start that is measured.
const { Agent, request } = require('node:http')
const { registerHooks } = require('node:module')
const { pathToFileURL } = require('node:url')

const hooks = registerHooks({
  resolve(specifier, context, nextResolve) {
    if (specifier !== './rapid-client.node') return nextResolve(specifier, context)
    // From here on, the function loads as it does without hooks.
    hooks.deregister()
    return { url: pathToFileURL(__filename).href, format: 'commonjs', shortCircuit: true }
  },
})

const [hostname, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':')
const agent = new Agent({ keepAlive: true, maxSockets: 1 })
// The native client blocks until its answer is taken; here, the next invocation is asked for only then.
let told = Promise.resolve()

exports.next = async () => {
  await told
  const { status, headers, body } = await call('GET', 'next')
  if (status !== 200) throw new Error(`Failed to get next invocation: ${status} ${body}`)
  keepTime(Number(headers['local-now-ms']))
  return { bodyJson: body, headers }
}

exports.done = (id, body) => {
  told = call('POST', `${id}/response`, body)
}

exports.error = (id, body, cause) => {
  const headers = {
    'lambda-runtime-function-error-type': JSON.parse(body).errorType,
    ...(Buffer.byteLength(cause) <= 4096 && { 'lambda-runtime-function-xray-error-cause': encodeURI(cause) }),
  }
  told = call('POST', `${id}/error`, body, headers)
}

const RealDate = Date
let ahead = 0

/** Puts this process's clock where that of the local Lambda is: a test that lets time pass there lets it pass here. */
function keepTime(now) {
  const difference = now - RealDate.now()
  if (Math.abs(difference - ahead) < 1000) return
  ahead = difference
  globalThis.Date = class extends RealDate {
    constructor(...given) {
      super(...(given.length > 0 ? given : [RealDate.now() + ahead]))
    }
    static now() {
      return RealDate.now() + ahead
    }
  }
}

function call(method, path, body = '', headers = {}) {
  return new Promise((resolve, reject) => {
    const content =
      method === 'GET' ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const options = {
      hostname,
      port,
      agent,
      method,
      path: `/2018-06-01/runtime/invocation/${path}`,
      headers: { ...headers, ...content },
    }
    const asked = request(options, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body: text }))
      response.on('error', reject)
    })
    asked.on('error', reject)
    asked.end(body)
  })
}
