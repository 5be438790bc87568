import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URL;
import java.net.URLEncoder;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** The calls of S3 that a file system needs, for one bucket, signed (version 4) with what the AWS variables say. */
class S3Client {
    static final int ATTEMPTS = 4;
    static final String UNSIGNED = "UNSIGNED-PAYLOAD";

    private final String bucket;
    private final String endpoint;
    private final String region;
    private final String accessKey;
    private final String secretKey;
    private final String token;

    S3Client(String bucket) throws IOException {
        this.bucket = bucket;
        this.endpoint = variable("AWS_ENDPOINT_URL_S3", variable("AWS_ENDPOINT_URL", null));
        this.region = variable("AWS_REGION", variable("AWS_DEFAULT_REGION", "us-east-1"));
        this.accessKey = variable("AWS_ACCESS_KEY_ID", null);
        this.secretKey = variable("AWS_SECRET_ACCESS_KEY", null);
        this.token = System.getenv("AWS_SESSION_TOKEN");
        if (endpoint == null || accessKey == null || secretKey == null) {
            throw new IOException("S3 needs AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
        }
    }

    /** One object. */
    static class Entry {
        String key;
        long size;
        long modified;
    }

    /** Objects, and with a delimiter the folders beside them. */
    static class Listing {
        final List entries = new ArrayList();
        final List prefixes = new ArrayList();

        boolean any() {
            return !entries.isEmpty() || !prefixes.isEmpty();
        }
    }

    /** Size and time of an object, or null where there is none. */
    Entry head(String key) throws IOException {
        HttpURLConnection answer = send("HEAD", key, new TreeMap(), new TreeMap(), null);
        if (answer.getResponseCode() == 404) {
            return null;
        }
        check(answer, key);
        Entry entry = new Entry();
        entry.key = key;
        entry.size = answer.getContentLengthLong();
        entry.modified = answer.getLastModified();
        return entry;
    }

    /** The object's bytes from a position on. */
    InputStream get(String key, long start) throws IOException {
        Map headers = new TreeMap();
        headers.put("range", "bytes=" + start + "-");
        HttpURLConnection answer = send("GET", key, new TreeMap(), headers, null);
        check(answer, key);
        return answer.getInputStream();
    }

    /** Write an object from a file, or an empty one. */
    void put(String key, File content) throws IOException {
        check(send("PUT", key, new TreeMap(), new TreeMap(), content), key);
    }

    void copy(String from, String to) throws IOException {
        Map headers = new TreeMap();
        headers.put("x-amz-copy-source", "/" + bucket + "/" + encoded(from, true));
        check(send("PUT", to, new TreeMap(), headers, null), to);
    }

    void delete(String key) throws IOException {
        check(send("DELETE", key, new TreeMap(), new TreeMap(), null), key);
    }

    /** ListObjectsV2, page after page; limit 0 is none. */
    Listing list(String prefix, String delimiter, int limit) throws IOException {
        Listing listing = new Listing();
        String next = null;
        do {
            Map query = new TreeMap();
            query.put("list-type", "2");
            query.put("prefix", prefix);
            if (delimiter != null) {
                query.put("delimiter", delimiter);
            }
            if (limit > 0) {
                query.put("max-keys", String.valueOf(limit));
            }
            if (next != null) {
                query.put("continuation-token", next);
            }
            HttpURLConnection answer = send("GET", "", query, new TreeMap(), null);
            check(answer, prefix);
            next = page(answer.getInputStream(), listing);
        } while (next != null && limit == 0);
        return listing;
    }

    private String page(InputStream body, Listing listing) throws IOException {
        Element root;
        try {
            DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
            factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
            root = factory.newDocumentBuilder().parse(body).getDocumentElement();
        } catch (Exception error) {
            throw new IOException("No listing of " + bucket, error);
        } finally {
            body.close();
        }
        NodeList contents = root.getElementsByTagName("Contents");
        for (int index = 0; index < contents.getLength(); index++) {
            Element element = (Element) contents.item(index);
            Entry entry = new Entry();
            entry.key = text(element, "Key");
            entry.size = Long.parseLong(text(element, "Size"));
            entry.modified = Instant.parse(text(element, "LastModified")).toEpochMilli();
            listing.entries.add(entry);
        }
        NodeList prefixes = root.getElementsByTagName("CommonPrefixes");
        for (int index = 0; index < prefixes.getLength(); index++) {
            listing.prefixes.add(text((Element) prefixes.item(index), "Prefix"));
        }
        return text(root, "NextContinuationToken");
    }

    private static String text(Element element, String name) {
        NodeList found = element.getElementsByTagName(name);
        return found.getLength() == 0 ? null : found.item(0).getTextContent();
    }

    private void check(HttpURLConnection answer, String key) throws IOException {
        int status = answer.getResponseCode();
        if (status >= 300) {
            InputStream error = answer.getErrorStream();
            String said = error == null ? "" : new String(error.readAllBytes(), "UTF-8");
            throw new IOException(answer.getRequestMethod() + " s3://" + bucket + "/" + key + ": " + status + " " + said);
        }
    }

    /** Send a request, and again when the network or the server fails. */
    private HttpURLConnection send(String method, String key, Map query, Map headers, File content)
            throws IOException {
        for (int attempt = 1; ; attempt++) {
            try {
                HttpURLConnection answer = sendOnce(method, key, query, headers, content);
                if (answer.getResponseCode() < 500 || attempt == ATTEMPTS) {
                    return answer;
                }
            } catch (IOException error) {
                if (attempt == ATTEMPTS) {
                    throw error;
                }
            }
            try {
                Thread.sleep(100L << attempt);
            } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted");
            }
        }
    }

    private HttpURLConnection sendOnce(String method, String key, Map query, Map headers, File content)
            throws IOException {
        String path = "/" + bucket + "/" + encoded(key, true);
        String parameters = parameters(query);
        URL url = new URL(endpoint + path + (parameters.length() == 0 ? "" : "?" + parameters));
        HttpURLConnection connection = (HttpURLConnection) url.openConnection(java.net.Proxy.NO_PROXY);
        connection.setRequestMethod(method);
        connection.setConnectTimeout(10000);
        connection.setReadTimeout(60000);
        Map signed = sign(method, path, parameters, url.getAuthority(), headers);
        for (Iterator names = signed.keySet().iterator(); names.hasNext(); ) {
            String name = (String) names.next();
            if (!name.equals("host")) {
                connection.setRequestProperty(name, (String) signed.get(name));
            }
        }
        if (method.equals("PUT")) {
            connection.setDoOutput(true);
            connection.setFixedLengthStreamingMode(content == null ? 0L : content.length());
            OutputStream body = connection.getOutputStream();
            if (content != null) {
                InputStream source = new FileInputStream(content);
                try {
                    source.transferTo(body);
                } finally {
                    source.close();
                }
            }
            body.close();
        }
        connection.getResponseCode();
        return connection;
    }

    /** The headers with a signature over them, as AWS's documentation of Signature Version 4 says. */
    private Map sign(String method, String path, String parameters, String host, Map headers) throws IOException {
        String moment = DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC).format(Instant.now());
        String scope = moment.substring(0, 8) + "/" + region + "/s3/aws4_request";
        TreeMap all = new TreeMap(headers);
        all.put("host", host);
        all.put("x-amz-content-sha256", UNSIGNED);
        all.put("x-amz-date", moment);
        if (token != null) {
            all.put("x-amz-security-token", token);
        }
        StringBuilder lines = new StringBuilder();
        StringBuilder names = new StringBuilder();
        for (Iterator keys = all.keySet().iterator(); keys.hasNext(); ) {
            String name = (String) keys.next();
            lines.append(name).append(':').append(all.get(name)).append('\n');
            names.append(names.length() == 0 ? "" : ";").append(name);
        }
        String request = method + "\n" + path + "\n" + parameters + "\n" + lines + "\n" + names + "\n" + UNSIGNED;
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(request.getBytes("UTF-8"));
            String text = "AWS4-HMAC-SHA256\n" + moment + "\n" + scope + "\n" + hex(digest);
            byte[] key = ("AWS4" + secretKey).getBytes("UTF-8");
            String[] parts = scope.split("/");
            for (int index = 0; index < parts.length; index++) {
                key = keyed(key, parts[index]);
            }
            String credential = "AWS4-HMAC-SHA256 Credential=" + accessKey + "/" + scope;
            String signature = hex(keyed(key, text));
            all.put("authorization", credential + ", SignedHeaders=" + names + ", Signature=" + signature);
        } catch (java.security.GeneralSecurityException error) {
            throw new IOException("No signature for S3", error);
        }
        return all;
    }

    private static byte[] keyed(byte[] key, String text) throws IOException, java.security.GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        return mac.doFinal(text.getBytes("UTF-8"));
    }

    private static String hex(byte[] bytes) {
        StringBuilder text = new StringBuilder();
        for (int index = 0; index < bytes.length; index++) {
            text.append(Character.forDigit((bytes[index] >> 4) & 15, 16)).append(Character.forDigit(bytes[index] & 15, 16));
        }
        return text.toString();
    }

    private static String parameters(Map query) throws IOException {
        StringBuilder text = new StringBuilder();
        for (Iterator names = query.keySet().iterator(); names.hasNext(); ) {
            String name = (String) names.next();
            text.append(text.length() == 0 ? "" : "&").append(name).append('=');
            text.append(encoded((String) query.get(name), false));
        }
        return text.toString();
    }

    private static String encoded(String text, boolean keepSlash) throws IOException {
        String encoded = URLEncoder.encode(text, "UTF-8").replace("+", "%20").replace("*", "%2A").replace("%7E", "~");
        return keepSlash ? encoded.replace("%2F", "/") : encoded;
    }

    private static String variable(String name, String otherwise) {
        String value = System.getenv(name);
        return value == null || value.length() == 0 ? otherwise : value;
    }
}
