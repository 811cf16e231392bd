// Makes the calls that standard input names, all at the same time, with the official client @grpc/grpc-js, and prints what came of each.
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const job = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const definition = loader.loadSync(job.proto, { keepCase: true, longs: String, enums: String, defaults: true });
const service = grpc.loadPackageDefinition(definition).florin.v1.PaymentService;
const client = new service(job.target, grpc.credentials.createInsecure());

function make(call) {
  return new Promise((resolve) => {
    const metadata = new grpc.Metadata();
    for (const [name, value] of Object.entries(call.metadata)) metadata.set(name, value);
    const options = call.deadline_ms ? { deadline: Date.now() + call.deadline_ms } : {};
    client[call.method](call.request, metadata, options, (error, response) => resolve({
      code: error ? error.code : 0,
      message: error ? error.details : '',
      details: error ? (error.metadata.get('grpc-status-details-bin')[0] || Buffer.alloc(0)).toString('base64') : '',
      response: response || null,
    }));
  });
}

Promise.all(job.calls.map(make)).then((answers) => {
  console.log(JSON.stringify(answers));
  client.close();
});
