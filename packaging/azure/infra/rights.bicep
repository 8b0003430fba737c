// Who may ask the project: the people, or the bridge in their stead. By the ids of the roles, whose
// names have changed.
param accountName string
param projectName string

@allowed([
  'user'
  'server'
])
param identity string
param identityObjectId string
param askersGroupId string

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

resource bridge 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (identity == 'server') {
  name: guid(project.id, identityObjectId, known.roles.foundryUser.id)
  scope: project
  properties: {
    principalId: identityObjectId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', known.roles.foundryUser.id)
  }
}
