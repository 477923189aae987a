// An OpenID provider for the tests: `node server.mjs PORT APPLICATION`. Everybody signs in with a name alone.
import { createServer } from 'node:http'
import { Provider } from 'oidc-provider'

const [port, application] = process.argv.slice(2)
const names = { minh: 'Trần Văn Minh', hoa: 'Nguyễn Thị Hoa' }

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{
    client_id: 'motcua',
    client_secret: 'a secret of the tests',
    redirect_uris: [`${application}/sign-in/callback`],
    post_logout_redirect_uris: [`${application}/counter`],
    backchannel_logout_uri: `${application}/sso/back-channel-logout`,
    backchannel_logout_session_required: true,
  }],
  claims: { openid: ['sub'], profile: ['name', 'preferred_username'] },
  conformIdTokenClaims: false,
  cookies: { keys: ['keys of the tests'] },
  features: {
    devInteractions: { enabled: false },
    backchannelLogout: { enabled: true },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: (ctx, form) => {
        ctx.body = `<!doctype html><title>Sign out</title>${form}<button form="op.logoutForm" name="logout" value="yes">Yes</button>`
      },
      postLogoutSuccessSource: (ctx) => { ctx.body = '<!doctype html><title>Signed out</title>' },
    },
  },
  findAccount: (_ctx, id) => ({
    accountId: id,
    claims: () => ({ sub: id, preferred_username: id, name: names[id] }),
  }),
  // Nobody is asked for consent: the application belongs to the office.
  loadExistingGrant: async (ctx) => {
    const grant = new ctx.oidc.provider.Grant({
      clientId: ctx.oidc.client.clientId,
      accountId: ctx.oidc.session.accountId,
    })
    grant.addOIDCScope('openid profile')
    await grant.save()
    return grant
  },
  interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
  pkce: { required: () => true },
})

const answer = provider.callback()

createServer(async (request, response) => {
  if (!request.url.startsWith('/interaction/')) return answer(request, response)
  if (request.method === 'GET') {
    response.setHeader('Content-Type', 'text/html; charset=utf-8')
    return response.end('<!doctype html><title>Sign in</title><form method="post"><input name="login"><button>Sign in</button></form>')
  }
  let body = ''
  for await (const part of request) body += part
  const accountId = new URLSearchParams(body).get('login')
  await provider.interactionFinished(request, response, { login: { accountId } })
}).listen(Number(port), '127.0.0.1', () => console.log('listening'))
