// The right to pull the image from a registry that asks who pulls.
param registryName string
param identityObjectId string

var known = loadJsonContent('known.json')

resource registry 'Microsoft.ContainerRegistry/registries@2023-07-01' existing = {
  name: registryName
}

resource pulling 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(registry.id, identityObjectId, known.roles.acrPull.id)
  scope: registry
  properties: {
    principalId: identityObjectId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', known.roles.acrPull.id)
  }
}
