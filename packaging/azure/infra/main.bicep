// A bridge to one Foundry project for a whole team: its registration in Entra, who may do what, and
// replicas of it behind one URL. What stands in known.json is Microsoft's, or a host's.
targetScope = 'subscription'

@description('What this deployment is called; azd sets it')
@minLength(1)
@maxLength(16)
param environmentName string

@description('The region')
param location string

@description('Where clients reach the bridge, https://mcp.contoso.com/mcp: of a domain that is verified in the tenant; with a path, without a slash at its end')
param publicUrl string

@description('The image, with its registry and its tag')
param image string

@description('The registry of Azure that the image is pulled from; empty: one that asks nobody')
param registryName string = ''

@description('The resource group of that registry')
param registryResourceGroup string = ''

@description('https://NAME.services.ai.azure.com/api/projects/PROJECT')
param projectEndpoint string

@description('The agent that a call asks which names none; people who may only ask cannot list them')
param agent string = ''

@description('The resource group of the project; empty: rights are given by hand')
param projectResourceGroup string = ''

@description('The Foundry resource of the project, where it is not called as its endpoint is')
param accountName string = ''

@description('In whose name Foundry is asked')
@allowed([
  'user'
  'server'
])
param identity string = 'user'

@description('Secrets of at least 32 bytes between commas: the first binds ids to callers, all are accepted')
@secure()
param keys string

@description('The object id of the group whose members may ask; empty: rights are given by hand')
param askersGroupId string = ''

@description('The object id of the group whose members may change the project')
param managersGroupId string = ''

@description('Agents that may be asked, between commas; empty: all')
param agents string = ''

@description('Tokens that one caller may spend in any hour; 0: no limit')
param budget string = '0'

@description('Web pages that may call, between commas, beside the public URL')
param origins string = ''

@description('Further addresses that chat clients come back to, between commas')
param redirectUris string = ''

@description('Whether consent is given for everybody, which takes an administrator')
param adminConsent bool = true

@description('Whether az can fetch a token for the bridge, for scripts and for a first try')
param azureCli bool = false

@description('What some tenants demand of each registration')
param serviceManagementReference string = ''

@description('Whether the domain leads here: its CNAME and TXT are those of the outputs')
param domainReady bool = false

@description('Whether an earlier deployment got its certificate; azd remembers it from the outputs')
param domainBound bool = false

@description('Replicas at least')
@minValue(1)
param minReplicas int = 2

@description('Replicas at most')
param maxReplicas int = 10

var suffix = uniqueString(subscription().id, environmentName)
var name = toLower('mcp-foundry-${environmentName}')
// NAME.services.ai.azure.com / api / projects / PROJECT
var place = split(replace(projectEndpoint, 'https://', ''), '/')
var account = empty(accountName) ? split(place[0], '.')[0] : accountName
var domain = split(replace(publicUrl, 'https://', ''), '/')[0]
var tags = {
  'azd-env-name': environmentName
}

resource group 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: 'rg-${name}'
  location: location
  tags: tags
}

module ground 'ground.bicep' = {
  name: 'ground'
  scope: group
  params: {
    name: name
    location: location
    tags: tags
  }
}

module entra 'entra.bicep' = {
  name: 'entra'
  scope: group
  params: {
    name: name
    publicUrl: publicUrl
    identity: identity
    subject: ground.outputs.identityObjectId
    redirectUris: redirectUris
    adminConsent: adminConsent
    azureCli: azureCli
    askersGroupId: askersGroupId
    managersGroupId: managersGroupId
    serviceManagementReference: serviceManagementReference
  }
}

module rights 'rights.bicep' = if (!empty(projectResourceGroup)) {
  name: 'mcp-foundry-rights-${suffix}'
  scope: resourceGroup(projectResourceGroup)
  params: {
    accountName: account
    projectName: place[3]
    identity: identity
    identityObjectId: ground.outputs.identityObjectId
    askersGroupId: askersGroupId
    managersGroupId: managersGroupId
  }
}

module pulling 'pulling.bicep' = if (!empty(registryName)) {
  name: 'mcp-foundry-pulling-${suffix}'
  scope: resourceGroup(registryResourceGroup)
  params: {
    registryName: registryName
    identityObjectId: ground.outputs.identityObjectId
  }
}

// What the replicas are started with; docs/settings.md has every variable.
var settings = {
  AZURE_CLIENT_ID: ground.outputs.identityClientId
  FOUNDRY_AGENT_NAME: agent
  FOUNDRY_PROJECT_ENDPOINT: projectEndpoint
  MCP_FOUNDRY_AGENTS: agents
  MCP_FOUNDRY_AUTH: 'entra'
  MCP_FOUNDRY_BUDGET: budget
  MCP_FOUNDRY_CLIENT_ID: entra.outputs.MCP_FOUNDRY_CLIENT_ID
  MCP_FOUNDRY_FEDERATED_CLIENT_ID: identity == 'user' ? ground.outputs.identityClientId : ''
  MCP_FOUNDRY_HOST: '0.0.0.0'
  MCP_FOUNDRY_IDENTITY: identity
  MCP_FOUNDRY_LOG_FORMAT: 'json'
  MCP_FOUNDRY_LOG_LEVEL: 'INFO'
  MCP_FOUNDRY_ORIGINS: origins
  MCP_FOUNDRY_PUBLIC_URL: publicUrl
  MCP_FOUNDRY_TENANT_ID: tenant().tenantId
}
var registry = empty(registryName) ? '' : split(image, '/')[0]

module app 'app.bicep' = {
  name: 'app'
  scope: group
  params: {
    name: name
    location: location
    tags: tags
    environmentName: ground.outputs.environmentName
    identityId: ground.outputs.identityId
    image: image
    registry: registry
    settings: settings
    keys: keys
    domain: domainReady ? domain : ''
    bound: domainBound
    minReplicas: minReplicas
    maxReplicas: maxReplicas
  }
  dependsOn: [
    pulling
    rights
  ]
}

// A certificate is made for a host that the app has already, and is bound once it is made: so the app
// is written twice when its domain first leads to it, and once ever after.
module certificate 'certificate.bicep' = if (domainReady && !domainBound) {
  name: 'certificate'
  scope: group
  params: {
    environmentName: ground.outputs.environmentName
    location: location
    tags: tags
    domain: domain
  }
  dependsOn: [
    app
  ]
}

module bound 'app.bicep' = if (domainReady && !domainBound) {
  name: 'bound'
  scope: group
  params: {
    name: name
    location: location
    tags: tags
    environmentName: ground.outputs.environmentName
    identityId: ground.outputs.identityId
    image: image
    registry: registry
    settings: settings
    keys: keys
    domain: domain
    bound: true
    minReplicas: minReplicas
    maxReplicas: maxReplicas
  }
  dependsOn: [
    certificate
  ]
}

@description('What the records of the domain are: CNAME, and TXT of asuid.DOMAIN')
output DOMAIN_CNAME string = app.outputs.fqdn
output DOMAIN_TXT string = app.outputs.verificationId
output DOMAIN_BOUND bool = domainReady
@description('What clients are told')
output MCP_FOUNDRY_PUBLIC_URL string = publicUrl
output MCP_FOUNDRY_CLIENT_ID string = entra.outputs.MCP_FOUNDRY_CLIENT_ID
output CLIENTS_APP_ID string = entra.outputs.CLIENTS_APP_ID
