// The replicas and the way to them. No affinity: it is a cookie, which MCP clients do not keep, and
// nothing here needs it.
param name string
param location string
param tags object
param environmentName string
param identityId string
param image string

@description('The host of the registry that the identity may pull from; empty: it asks nobody')
param registry string

@description('Variables and their values; one without a value is left out')
param settings object

@secure()
param keys string

@description('The host that clients know; empty: not yet')
param domain string

@description('Whether its certificate is there')
param bound bool

param minReplicas int
param maxReplicas int

var port = 8000
var unbound = [
  {
    name: domain
    bindingType: 'Disabled'
  }
]
var withCertificate = [
  {
    name: domain
    bindingType: 'SniEnabled'
    certificateId: '${environment.id}/managedCertificates/${replace(domain, '.', '-')}'
  }
]
var registries = [
  {
    server: registry
    identity: identityId
  }
]
var given = filter(items(settings), each => !empty(each.value))
var variables = map(given, each => { name: each.key, value: each.value })

resource environment 'Microsoft.App/managedEnvironments@2025-01-01' existing = {
  name: environmentName
}

resource app 'Microsoft.App/containerApps@2025-01-01' = {
  name: 'ca-${name}'
  location: location
  tags: tags
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    environmentId: environment.id
    configuration: {
      activeRevisionsMode: 'Single'
      ingress: {
        external: true
        targetPort: port
        transport: 'http'
        allowInsecure: false
        customDomains: empty(domain) ? [] : bound ? withCertificate : unbound
      }
      registries: empty(registry) ? [] : registries
      secrets: [
        {
          name: 'keys'
          value: keys
        }
      ]
    }
    template: {
      // Calls under way have 25 of them, what is then cancelled has the rest.
      terminationGracePeriodSeconds: 35
      containers: [
        {
          name: 'bridge'
          image: image
          args: [
            'serve'
            '--http'
            '--port'
            string(port)
          ]
          env: concat(variables, [
            {
              name: 'MCP_FOUNDRY_KEYS'
              secretRef: 'keys'
            }
            // A secret belongs to the app, not to a revision: changed alone it makes none, and reaches
            // whichever replica starts next, whose ids the others then refuse. With this in it the
            // revision changes with the keys. Nobody reads it, and of random keys it tells nothing.
            {
              name: 'DIGEST_OF_KEYS'
              value: uniqueString(keys)
            }
          ])
          resources: {
            cpu: json('0.5')
            memory: '1Gi'
          }
          probes: [
            {
              type: 'Startup'
              httpGet: {
                path: '/healthz'
                port: port
              }
              periodSeconds: 2
              failureThreshold: 10
            }
            {
              type: 'Liveness'
              httpGet: {
                path: '/healthz'
                port: port
              }
              periodSeconds: 10
              timeoutSeconds: 5
            }
            {
              type: 'Readiness'
              httpGet: {
                path: '/readyz'
                port: port
              }
              periodSeconds: 5
              timeoutSeconds: 5
              failureThreshold: 1
            }
          ]
        }
      ]
      scale: {
        minReplicas: minReplicas
        maxReplicas: maxReplicas
        rules: [
          {
            name: 'calls'
            http: {
              metadata: {
                concurrentRequests: '100'
              }
            }
          }
        ]
      }
    }
  }
}

output fqdn string = app.properties.configuration.ingress.fqdn
output verificationId string = app.properties.customDomainVerificationId
