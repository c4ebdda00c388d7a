package dev.stampede.support;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** A CA of one's own, and a server's certificate that it has signed, as PEM files; made by the JDK's keytool. */
public final class Certificates {
    private static final String PASSWORD = "password";

    private final Path directory;

    private Certificates(Path directory) {
        this.directory = directory;
    }

    /** @param name the only one that the server's certificate is good for */
    public static Certificates of(String name, Path directory) throws Exception {
        Certificates made = new Certificates(Files.createDirectories(directory));
        made.keytool("ca", "CN=CA of " + directory.getFileName(), "-ext", "bc:c");
        made.keytool("server", "CN=a server", "-signer", "ca", "-ext", "san=dns:" + name);
        made.write();
        return made;
    }

    public Path ca() {
        return directory.resolve("ca.crt");
    }

    public Path certificate() {
        return directory.resolve("server.crt");
    }

    public Path key() {
        return directory.resolve("server.key");
    }

    private Path store() {
        return directory.resolve("keys.p12");
    }

    private void keytool(String alias, String subject, String... more) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                alias,
                "-dname",
                subject,
                "-keyalg",
                "EC",
                "-validity",
                "2",
                "-keystore",
                store().toString(),
                "-storepass",
                PASSWORD));
        command.addAll(List.of(more));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IllegalStateException(said);
        }
    }

    private void write() throws IOException, GeneralSecurityException {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store())) {
            keys.load(in, PASSWORD.toCharArray());
        }
        pem(ca(), "CERTIFICATE", keys.getCertificate("ca").getEncoded());
        pem(certificate(), "CERTIFICATE", keys.getCertificate("server").getEncoded());
        pem(key(), "PRIVATE KEY", keys.getKey("server", PASSWORD.toCharArray()).getEncoded());
    }

    private static void pem(Path file, String what, byte[] bytes) throws IOException {
        String text = Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
                .encodeToString(bytes);
        Files.writeString(file, "-----BEGIN " + what + "-----\n" + text + "\n-----END " + what + "-----\n");
    }
}
