// Drives the emulator with Google's own Node clients, over gRPC or over their
// REST fallback: clients.cjs HOST PORT grpc|rest. It ends with the number of
// calls on stdout, or with what went wrong.
'use strict';

const assert = require('node:assert');
const {v1: {ArtifactRegistryClient}} = require('@google-cloud/artifact-registry');
const {SecretManagerServiceClient} = require('@google-cloud/secret-manager');
const {ProjectsClient, FoldersClient, OrganizationsClient} = require('@google-cloud/resource-manager');
const {ServiceUsageClient} = require('@google-cloud/service-usage');
const grpc = require('@grpc/grpc-js');
const {PassThroughClient} = require('google-auth-library');

const [host, port, transport] = process.argv.slice(2);
const options = {apiEndpoint: host, servicePath: host, port: Number(port)};
if (transport === 'grpc') {
  options.sslCreds = grpc.credentials.createInsecure();
} else {
  Object.assign(options, {fallback: true, protocol: 'http', authClient: new PassThroughClient()});
}

const registry = new ArtifactRegistryClient(options);
const secrets = new SecretManagerServiceClient(options);
const projects = new ProjectsClient(options);
const folders = new FoldersClient(options);
const organizations = new OrganizationsClient(options);
const usage = new ServiceUsageClient(options);

const project = 'projects/demo-healthy';
const location = project + '/locations/us-central1';
const hub = location + '/repositories/docker-hub';
const agent = 'serviceAccount:service-415104041262@gcp-sa-artifactregistry.iam.gserviceaccount.com';

let calls = 0;

/** Makes one call and returns its answer. */
async function ok(promise) {
  calls++;
  return (await promise)[0];
}

// What REST answers for a gRPC code (google/rpc/code.proto).
const httpStatus = {3: 400, 5: 404, 6: 409, 7: 403, 9: 400, 10: 409};

/** Makes one call that must fail with a gRPC code. */
async function fails(code, promise) {
  calls++;
  await assert.rejects(promise, error => {
    assert.ok(error.code === code || transport === 'rest' && error.code === httpStatus[code], `${error.code}: ${error.message}`);
    return true;
  });
}

// The grant sample of Google's guide to secrets, on any secret
// (cloud.google.com/secret-manager/docs/manage-access-to-secrets).
async function grantAccess(name, member) {
  const policy = await ok(secrets.getIamPolicy({resource: name}));
  policy.bindings.push({role: 'roles/secretmanager.secretAccessor', members: [member]});
  return ok(secrets.setIamPolicy({resource: name, policy}));
}

async function manageSecrets() {
  const name = project + '/secrets/by-node';
  const made = await ok(secrets.createSecret({parent: project, secretId: 'by-node', secret: {replication: {automatic: {}}, labels: {by: 'node'}}}));
  assert.match(made.name, /^projects\/415104041262\/secrets\/by-node$/);
  await fails(6, secrets.createSecret({parent: project, secretId: 'by-node', secret: {replication: {automatic: {}}}}));
  await fails(3, secrets.createSecret({parent: project, secretId: 'not ok', secret: {replication: {automatic: {}}}}));
  const versions = [];
  for (const text of ['one', 'dckr_pat_emulator']) {
    versions.push(await ok(secrets.addSecretVersion({parent: name, payload: {data: Buffer.from(text)}})));
  }
  const read = await ok(secrets.accessSecretVersion({name: name + '/versions/latest'}));
  assert.strictEqual(Buffer.from(read.payload.data).toString(), 'dckr_pat_emulator');
  assert.strictEqual((await ok(secrets.listSecretVersions({parent: name}))).length, 2);
  assert.strictEqual((await ok(secrets.getSecretVersion({name: name + '/versions/1'}))).state, 'ENABLED');
  await ok(secrets.disableSecretVersion({name: versions[0].name}));
  await fails(9, secrets.accessSecretVersion({name: versions[0].name}));
  await ok(secrets.enableSecretVersion({name: versions[0].name}));
  await ok(secrets.destroySecretVersion({name: versions[0].name}));
  await fails(9, secrets.accessSecretVersion({name: versions[0].name}));
  await fails(5, secrets.accessSecretVersion({name: name + '/versions/9'}));
  await ok(secrets.updateSecret({secret: {name, labels: {by: 'nodes'}}, updateMask: {paths: ['labels']}}));
  assert.deepStrictEqual((await ok(secrets.getSecret({name}))).labels, {by: 'nodes'});
  await fails(5, secrets.getSecret({name: project + '/secrets/none'}));
  const policy = await grantAccess(name, agent);
  assert.ok(policy.bindings.some(b => b.members.includes(agent)));
  await fails(10, secrets.setIamPolicy({resource: name, policy: {...policy, etag: Buffer.from('stale')}}));
  await fails(3, secrets.setIamPolicy({resource: name, policy: {bindings: [{role: 'no-role', members: [agent]}]}}));
  const may = await ok(secrets.testIamPermissions({resource: name, permissions: ['secretmanager.versions.access']}));
  assert.deepStrictEqual(may.permissions, ['secretmanager.versions.access']);
  for (const filter of ['name:by-node', 'labels.by=nodes', 'labels.by=none']) {
    const found = await ok(secrets.listSecrets({parent: project, filter}));
    assert.strictEqual(found.length, filter.endsWith('none') ? 0 : 1, filter);
  }
  let n = 0;
  for await (const secret of secrets.listSecretsAsync({parent: project, pageSize: 2})) {
    assert.ok(secret.name);
    n++;
  }
  calls += Math.ceil(n / 2);
  return versions[1].name;
}

async function manageRepositories(version) {
  assert.ok((await ok(registry.listRepositories({parent: location}))).length > 5);
  for (const parent of [project + '/locations/us', project + '/locations/europe-west1']) {
    assert.ok((await ok(registry.listRepositories({parent}))).length > 0);
  }
  assert.strictEqual((await ok(registry.getRepository({name: hub}))).mode, 'REMOTE_REPOSITORY');
  await fails(5, registry.getRepository({name: location + '/repositories/none'}));
  await fails(7, registry.getRepository({name: 'projects/none-such-here/locations/us/repositories/r'}));
  const name = location + '/repositories/by-node';
  const operation = await ok(registry.createRepository({parent: location, repositoryId: 'by-node', repository: {
    format: 'DOCKER', mode: 'REMOTE_REPOSITORY', remoteRepositoryConfig: {dockerRepository: {publicRepository: 'DOCKER_HUB'}}}}));
  assert.strictEqual((await ok(operation.promise())).name, name);
  await fails(6, registry.createRepository({parent: location, repositoryId: 'by-node', repository: {format: 'DOCKER'}}));
  await fails(3, registry.createRepository({parent: location, repositoryId: 'Bad!', repository: {format: 'DOCKER'}}));
  const credentials = 'remote_repository_config.upstream_credentials.username_password_credentials';
  const update = (username, passwordSecretVersion) => registry.updateRepository({
    repository: {name, remoteRepositoryConfig: {upstreamCredentials: {usernamePasswordCredentials: {username, passwordSecretVersion}}}},
    updateMask: {paths: [credentials + '.username', credentials + '.password_secret_version']}});
  await fails(3, update('demo', project + '/secrets/none/versions/1'));
  await fails(3, update('demo', version)); // what the emulator's Docker Hub does not take
  const good = (await ok(secrets.addSecretVersion({parent: project + '/secrets/by-node', payload: {data: Buffer.from(process.env.DEMO_TOKEN)}}))).name;
  const updated = await ok(update('demo', good));
  assert.strictEqual(updated.remoteRepositoryConfig.upstreamCredentials.usernamePasswordCredentials.username, 'demo');
  await ok(registry.updateRepository({repository: {name, description: 'by node', labels: {by: 'node'}}, updateMask: {paths: ['description', 'labels']}}));
  assert.strictEqual((await ok(registry.getRepository({name}))).description, 'by node');
  const policy = await ok(registry.getIamPolicy({resource: name}));
  policy.bindings.push({role: 'roles/artifactregistry.reader', members: ['user:reader@example.com']});
  await ok(registry.setIamPolicy({resource: name, policy}));
  await ok(registry.testIamPermissions({resource: name, permissions: ['artifactregistry.repositories.get']}));
  for (const list of ['listPackages', 'listFiles', 'listDockerImages', 'listNpmPackages', 'listMavenArtifacts', 'listPythonPackages']) {
    assert.deepStrictEqual(await ok(registry[list]({parent: name})), []);
  }
  await ok(registry.getProjectSettings({name: project + '/projectSettings'}));
  await ok(registry.getVPCSCConfig({name: location + '/vpcscConfig'}));
  const removal = await ok(registry.deleteRepository({name}));
  await ok(removal.promise());
  await fails(5, registry.getRepository({name}));
  await ok(secrets.deleteSecret({name: project + '/secrets/by-node'}));
}

async function lookAround() {
  assert.strictEqual((await ok(projects.getProject({name: project}))).projectId, 'demo-healthy');
  await fails(7, projects.getProject({name: 'projects/none-such-here'}));
  assert.ok((await ok(projects.searchProjects({}))).length >= 3);
  assert.strictEqual((await ok(projects.searchProjects({query: 'id:demo-tokyo'}))).length, 1);
  const policy = await ok(projects.getIamPolicy({resource: project}));
  await ok(projects.setIamPolicy({resource: project, policy}));
  await ok(projects.testIamPermissions({resource: project, permissions: ['secretmanager.secrets.create']}));
  await ok(folders.searchFolders({}));
  await fails(7, folders.getFolder({name: 'folders/99'}));
  await ok(organizations.searchOrganizations({}));
  for (const service of ['secretmanager', 'artifactregistry']) {
    assert.strictEqual((await ok(usage.getService({name: project + '/services/' + service + '.googleapis.com'}))).state, 'ENABLED');
  }
  await fails(7, usage.getService({name: project + '/services/none.googleapis.com'}));
  assert.ok((await ok(usage.listServices({parent: project, filter: 'state:ENABLED'}))).length >= 4);
  await ok(usage.batchGetServices({parent: project, names: [project + '/services/secretmanager.googleapis.com']}));
  const enabling = await ok(usage.enableService({name: project + '/services/run.googleapis.com'}));
  await ok(enabling.promise());
}

(async () => {
  await lookAround();
  await manageRepositories(await manageSecrets());
  console.log(calls);
  process.exit(0);
})().catch(error => {
  console.error(`after ${calls} calls: ${error.stack}`);
  process.exit(1);
});
