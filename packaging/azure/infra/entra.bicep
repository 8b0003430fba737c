// The bridge and the chat clients as Entra knows them. Alone it serves a bridge that runs elsewhere:
// az deployment group create --template-file packaging/azure/infra/entra.bicep, see docs/service.md.
@description('What the registration is called')
param name string

@description('Where clients reach the bridge, of a domain that is verified in the tenant')
param publicUrl string

@description('In whose name Foundry is asked')
@allowed([
  'user'
  'server'
])
param identity string = 'user'

@description('Who signs the token that the bridge shows for itself: Entra, or a cluster of Kubernetes')
param issuer string = '${environment().authentication.loginEndpoint}${tenant().tenantId}/v2.0'

@description('Whose token that is: the object id of a managed identity, or system:serviceaccount:NAMESPACE:NAME')
param subject string

@description('Whether consent is given for everybody, which takes an administrator')
param adminConsent bool = true

@description('Whether az can fetch a token for the bridge, for scripts and for a first try')
param azureCli bool = false

@description('Further addresses that chat clients come back to, between commas')
param redirectUris string = ''

@description('The object id of the group whose members may ask in the name of the server')
param askersGroupId string = ''

@description('The object id of the group whose members may change the project')
param managersGroupId string = ''

@description('What some tenants demand of each registration')
param serviceManagementReference string = ''

var uniqueName = '${name}-${uniqueString(resourceGroup().id)}'

module clients 'clients.bicep' = {
  name: 'clients'
  params: {
    uniqueName: '${uniqueName}-clients'
    displayName: '${name} (chat clients)'
    redirectUris: redirectUris
    adminConsent: adminConsent
    serviceManagementReference: serviceManagementReference
  }
}

module registration 'registration.bicep' = {
  name: 'registration'
  params: {
    uniqueName: uniqueName
    displayName: name
    publicUrl: publicUrl
    identity: identity
    issuer: issuer
    subject: subject
    clientsAppId: clients.outputs.appId
    azureCli: azureCli
    adminConsent: adminConsent
    askersGroupId: askersGroupId
    managersGroupId: managersGroupId
    serviceManagementReference: serviceManagementReference
  }
}

output MCP_FOUNDRY_CLIENT_ID string = registration.outputs.appId
output CLIENTS_APP_ID string = clients.outputs.appId
