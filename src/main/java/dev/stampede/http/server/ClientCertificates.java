package dev.stampede.http.server;

import io.quarkus.vertx.http.HttpServerOptionsCustomizer;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import jakarta.inject.Singleton;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * Certificates of clients. A gateway that has TLS and a trust store asks each client for one in the handshake. A
 * certificate that no CA of the trust store has signed ends the handshake. A client without one is served: only keys
 * that are bound to a certificate need it, see {@link dev.stampede.access.KeyBook}.
 */
@Singleton
final class ClientCertificates implements HttpServerOptionsCustomizer {
    /** A value of the TLS session, so that a certificate is hashed once. */
    private static final String SHA_256 = ClientCertificates.class.getName();

    /** Without a trust store the JVM's CAs would be trusted, and named to each client. */
    @Override
    public void customizeHttpsServer(HttpServerOptions options) {
        if (options.getTrustOptions() != null && options.getClientAuth() == ClientAuth.NONE) {
            options.setClientAuth(ClientAuth.REQUEST);
        }
    }

    /**
     * SHA-256 of the certificate that the client of the request's connection has shown, in DER.
     *
     * @return null if it has shown none, or there is no TLS
     */
    static byte @Nullable [] sha256(HttpServerRequest request) {
        SSLSession session = request.sslSession();
        if (session == null) {
            return null;
        }
        if (session.getValue(SHA_256) instanceof byte[] known) {
            return known;
        }
        byte[] hash;
        try {
            hash = MessageDigest.getInstance("SHA-256").digest(session.getPeerCertificates()[0].getEncoded());
        } catch (SSLPeerUnverifiedException e) {
            return null; // none
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JVM has SHA-256, and has decoded the certificate", e);
        }
        session.putValue(SHA_256, hash);
        return hash;
    }
}
