//! Generates the client and server modules of both services, without protoc.

use tonic_build::manual::{Builder, Method, Service};

const CODEC: &str = "tonic_prost::ProstCodec";

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    Builder::new().compile(&[echo(), health()]);
}

fn echo() -> Service {
    let method = |name, route| {
        Method::builder()
            .name(name)
            .route_name(route)
            .input_type("crate::EchoRequest")
            .output_type("crate::EchoResponse")
            .codec_path(CODEC)
    };
    Service::builder()
        .name("Echo")
        .package("grpc.examples.echo")
        .comment("The echo service of grpc-go's examples.")
        .method(method("unary_echo", "UnaryEcho").build())
        .method(method("server_streaming_echo", "ServerStreamingEcho").server_streaming().build())
        .method(method("client_streaming_echo", "ClientStreamingEcho").client_streaming().build())
        .method(
            method("bidirectional_streaming_echo", "BidirectionalStreamingEcho")
                .client_streaming()
                .server_streaming()
                .build(),
        )
        .build()
}

fn health() -> Service {
    let method = |name, route| {
        Method::builder()
            .name(name)
            .route_name(route)
            .input_type("crate::health::HealthCheckRequest")
            .output_type("crate::health::HealthCheckResponse")
            .codec_path(CODEC)
    };
    Service::builder()
        .name("Health")
        .package("grpc.health.v1")
        .comment("The standard gRPC health service.")
        .method(method("check", "Check").build())
        .method(method("watch", "Watch").server_streaming().build())
        .build()
}
