// The chat clients as Entra knows them: one registration for all that have none of their own. Their
// addresses are those of public clients: of platform "Web" Entra demands a secret, of "SPA" an Origin.
extension microsoftGraphV1

param uniqueName string
param displayName string

@description('Further addresses that clients come back to, between commas')
param redirectUris string
param adminConsent bool
param serviceManagementReference string

var known = loadJsonContent('known.json')
var addresses = flatten(map(known.hosts, each => each.redirectUris))
var further = empty(redirectUris) ? [] : map(split(redirectUris, ','), each => trim(each))

resource clients 'Microsoft.Graph/applications@v1.0' = {
  uniqueName: uniqueName
  displayName: displayName
  signInAudience: 'AzureADMyOrg'
  serviceManagementReference: empty(serviceManagementReference) ? null : serviceManagementReference
  publicClient: {
    // Each once. Entra ignores the port of those on this machine.
    redirectUris: union(addresses, further)
  }
  // What an administrator consents to who does it later, or elsewhere.
  requiredResourceAccess: [
    {
      resourceAppId: known.graph.appId
      resourceAccess: map(known.graph.scopes, each => { id: each.id, type: 'Scope' })
    }
  ]
}

resource principal 'Microsoft.Graph/servicePrincipals@v1.0' = {
  appId: clients.appId
}

resource graph 'Microsoft.Graph/servicePrincipals@v1.0' existing = {
  appId: known.graph.appId
}

// Signing in and staying signed in, where people may not consent to that themselves. The bridge has
// authorized this client beforehand.
resource consent 'Microsoft.Graph/oauth2PermissionGrants@v1.0' = if (adminConsent) {
  clientId: principal.id
  resourceId: graph.id
  consentType: 'AllPrincipals'
  scope: join(map(known.graph.scopes, each => each.name), ' ')
}

output appId string = clients.appId
