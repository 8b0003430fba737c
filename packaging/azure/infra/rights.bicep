// Who may ask the project, and who may change it: the people, or the bridge in their stead. By the
// ids of the roles, whose names have changed. Alone it serves a bridge that runs elsewhere, see
// docs/service.md.
param accountName string
param projectName string

@allowed([
  'user'
  'server'
])
param identity string

@description('The object id of the bridge; under `user` it needs no right of its own')
param identityObjectId string = ''

@description('The object id of the group whose members may ask in their own name')
param askersGroupId string = ''

@description('The object id of the group whose members may do all else in their own name')
param managersGroupId string = ''

var known = loadJsonContent('known.json')

resource account 'Microsoft.CognitiveServices/accounts@2025-06-01' existing = {
  name: accountName
}

resource project 'Microsoft.CognitiveServices/accounts/projects@2025-06-01' existing = {
  parent: account
  name: projectName
}

resource people 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (identity == 'user' && !empty(askersGroupId)) {
  name: guid(project.id, askersGroupId, known.roles.agentConsumer.id)
  scope: project
  properties: {
    principalId: askersGroupId
    principalType: 'Group'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', known.roles.agentConsumer.id)
  }
}

// The role of the bridge (Agents.Manage) lets them change the project through it. Asked in their own
// name, the project wants a right of theirs as well.
resource managers 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (identity == 'user' && !empty(managersGroupId)) {
  name: guid(project.id, managersGroupId, known.roles.foundryUser.id)
  scope: project
  properties: {
    principalId: managersGroupId
    principalType: 'Group'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', known.roles.foundryUser.id)
  }
}

resource bridge 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (identity == 'server') {
  name: guid(project.id, identityObjectId, known.roles.foundryUser.id)
  scope: project
  properties: {
    principalId: identityObjectId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', known.roles.foundryUser.id)
  }
}

// Hosted agents keep those apart for whom the bridge asks, if it says who they are. That takes an
// action that no role of Azure's has.
resource speaker 'Microsoft.Authorization/roleDefinitions@2022-04-01' = if (identity == 'server') {
  name: guid(resourceGroup().id, known.speaking.action)
  properties: {
    // Names of roles are unique in a tenant.
    roleName: '${known.speaking.name} (${uniqueString(resourceGroup().id)})'
    description: 'Say to hosted agents of Foundry for whom they are asked.'
    type: 'CustomRole'
    permissions: [
      {
        actions: []
        notActions: []
        dataActions: [
          known.speaking.action
        ]
        notDataActions: []
      }
    ]
    assignableScopes: [
      resourceGroup().id
    ]
  }
}

resource speaking 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (identity == 'server') {
  name: guid(project.id, identityObjectId, known.speaking.action)
  scope: project
  properties: {
    principalId: identityObjectId
    principalType: 'ServicePrincipal'
    roleDefinitionId: speaker.id
  }
}
