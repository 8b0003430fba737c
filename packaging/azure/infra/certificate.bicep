// A certificate that Azure makes and renews, for a host that the app has and whose CNAME leads to it.
param environmentName string
param location string
param tags object
param domain string

resource environment 'Microsoft.App/managedEnvironments@2025-01-01' existing = {
  name: environmentName
}

resource certificate 'Microsoft.App/managedEnvironments/managedCertificates@2025-01-01' = {
  parent: environment
  name: replace(domain, '.', '-')
  location: location
  tags: tags
  properties: {
    subjectName: domain
    domainControlValidation: 'CNAME'
  }
}
