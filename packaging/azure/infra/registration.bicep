// The bridge as Entra knows it. A host names the public URL as what it wants a token for, and Entra
// wants the Application ID URI to be the same, or says AADSTS9010010.
extension microsoftGraphV1

param uniqueName string
param displayName string
param publicUrl string

@allowed([
  'user'
  'server'
])
param identity string

@description('Who signs the token that the bridge shows for itself')
param issuer string

@description('Whose token that is')
param subject string
param clientsAppId string
param azureCli bool
param adminConsent bool
param askersGroupId string
param managersGroupId string
param serviceManagementReference string

var known = loadJsonContent('known.json')
var consented = identity == 'user' && adminConsent
var scopeId = guid(uniqueName, 'Agents.Ask')
var askId = guid(uniqueName, 'Agents.Ask.All')
var manageId = guid(uniqueName, 'Agents.Manage')
var preAuthorized = concat(
  [
    known.preAuthorized.vsCode
    clientsAppId
  ],
  azureCli ? [known.preAuthorized.azureCli] : []
)

resource api 'Microsoft.Graph/applications@v1.0' = {
  uniqueName: uniqueName
  displayName: displayName
  signInAudience: 'AzureADMyOrg'
  serviceManagementReference: empty(serviceManagementReference) ? null : serviceManagementReference
  identifierUris: [
    publicUrl
    // For scripts, which name no resource.
    'api://${tenant().tenantId}/${uniqueName}'
  ]
  api: {
    // Of version 1 the issuer is another, and the bridge takes none.
    requestedAccessTokenVersion: 2
    oauth2PermissionScopes: [
      {
        id: scopeId
        value: 'Agents.Ask'
        type: 'User'
        isEnabled: true
        adminConsentDisplayName: 'Ask Foundry agents'
        adminConsentDescription: 'Ask the agents of a Foundry project in the name of the signed-in person.'
        userConsentDisplayName: 'Ask Foundry agents'
        userConsentDescription: 'Ask the agents of a Foundry project in your name.'
      }
    ]
    preAuthorizedApplications: [
      for each in preAuthorized: {
        appId: each
        delegatedPermissionIds: [
          scopeId
        ]
      }
    ]
  }
  appRoles: [
    {
      id: askId
      value: 'Agents.Ask.All'
      isEnabled: true
      allowedMemberTypes: [
        'Application'
        // People need their scope as well; this is how they are assigned where that is required.
        'User'
      ]
      displayName: 'Ask Foundry agents'
      description: 'Ask the agents of the project; applications without a signed-in person.'
    }
    {
      id: manageId
      value: 'Agents.Manage'
      isEnabled: true
      allowedMemberTypes: [
        'User'
        'Application'
      ]
      displayName: 'Change the Foundry project'
      description: 'Use the tools that write to the project, and memories of others.'
    }
  ]
  requiredResourceAccess: identity == 'server' ? [] : [
    {
      resourceAppId: known.permission.appId
      resourceAccess: [
        {
          id: known.permission.scopeId
          type: 'Scope'
        }
      ]
    }
  ]

  // Instead of a secret: a token that Azure or Kubernetes gives the bridge is what it shows in the
  // exchange. A new registration may not be everywhere yet when this is written: deploy again if it
  // says NotFound.
  resource secretless 'federatedIdentityCredentials@v1.0' = {
    name: '${api.uniqueName}/replicas'
    description: 'What the replicas are given'
    issuer: issuer
    subject: subject
    audiences: [
      'api://AzureADTokenExchange'
    ]
  }
}

resource principal 'Microsoft.Graph/servicePrincipals@v1.0' = {
  appId: api.appId
  // In the server's name whoever gets in can ask, so only those who are assigned get in.
  appRoleAssignmentRequired: identity == 'server'
}

resource foundry 'Microsoft.Graph/servicePrincipals@v1.0' existing = if (consented) {
  appId: known.permission.appId
}

resource consent 'Microsoft.Graph/oauth2PermissionGrants@v1.0' = if (consented) {
  clientId: principal.id
  resourceId: foundry.id
  consentType: 'AllPrincipals'
  scope: known.permission.scope
}

resource askers 'Microsoft.Graph/appRoleAssignedTo@v1.0' = if (identity == 'server' && !empty(askersGroupId)) {
  principalId: askersGroupId
  resourceId: principal.id
  appRoleId: askId
}

resource managers 'Microsoft.Graph/appRoleAssignedTo@v1.0' = if (!empty(managersGroupId)) {
  principalId: managersGroupId
  resourceId: principal.id
  appRoleId: manageId
}

output appId string = api.appId
