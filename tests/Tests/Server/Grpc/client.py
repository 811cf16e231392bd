"""Makes the calls that standard input names, all at the same time, with the official client grpcio, and prints what came of each."""
import base64
import json
import sys

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

job = json.load(sys.stdin)
pool = descriptor_pool.DescriptorPool()
pool.Add(descriptor_pb2.FileDescriptorProto.FromString(base64.b64decode(job["descriptor"])))
service = pool.FindServiceByName("florin.v1.PaymentService")
factory = message_factory.MessageFactory(pool)
channel = grpc.insecure_channel(job["target"])


def begin(call):
    method = service.FindMethodByName(call["method"])
    request = json_format.ParseDict(call["request"], factory.GetPrototype(method.input_type)())
    stub = channel.unary_unary(
        f"/{service.full_name}/{method.name}",
        request_serializer=lambda message: message.SerializeToString(),
        response_deserializer=factory.GetPrototype(method.output_type).FromString,
    )
    deadline = call.get("deadline_ms")
    return stub.future(request, timeout=deadline / 1000 if deadline else None, metadata=tuple(call["metadata"].items()))


def end(future):
    try:
        response = future.result()
    except grpc.RpcError as error:
        details = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin", b"")
        return {"code": error.code().value[0], "message": error.details(), "details": base64.b64encode(details).decode(), "response": None}
    as_json = json_format.MessageToDict(response, preserving_proto_field_name=True, including_default_value_fields=True)
    return {"code": 0, "message": "", "details": "", "response": as_json}


print(json.dumps([end(future) for future in [begin(call) for call in job["calls"]]]))
