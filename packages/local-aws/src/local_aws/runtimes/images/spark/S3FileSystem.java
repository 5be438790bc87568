import java.io.File;
import java.io.FileNotFoundException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.BufferedFSInputStream;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FSInputStream;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;

/**
 * Hadoop's view of S3 (s3://, s3a://, s3n://), so that Spark reads and writes the local AWS as it does on EMR.
 *
 * Hadoop's own is in hadoop-aws, which no Python package carries. The compiler that comes with Spark builds this one,
 * hence no lambdas and few generics: it knows the Java of long ago. A folder is a prefix; an empty one is a marker "a/".
 */
public class S3FileSystem extends FileSystem {
    static final long BLOCK = 64L * 1024 * 1024;

    private URI uri;
    private String bucket;
    private S3Client s3;
    private Path workingDirectory;

    public void initialize(URI name, Configuration configuration) throws IOException {
        super.initialize(name, configuration);
        setConf(configuration);
        uri = URI.create(name.getScheme() + "://" + name.getAuthority());
        bucket = name.getAuthority();
        s3 = new S3Client(bucket);
        workingDirectory = new Path(uri.toString() + "/user/hadoop");
    }

    public String getScheme() {
        return uri == null ? "s3" : uri.getScheme();
    }

    public URI getUri() {
        return uri;
    }

    public Path getWorkingDirectory() {
        return workingDirectory;
    }

    public void setWorkingDirectory(Path path) {
        workingDirectory = makeQualified(path);
    }

    public FSDataInputStream open(Path path, int bufferSize) throws IOException {
        FileStatus status = getFileStatus(path);
        if (status.isDirectory()) {
            throw new FileNotFoundException(path + " is a folder");
        }
        FSInputStream input = new S3Input(s3, key(path), status.getLen());
        return new FSDataInputStream(new BufferedFSInputStream(input, Math.max(bufferSize, 65536)));
    }

    public FSDataOutputStream create(
            Path path,
            FsPermission permission,
            boolean overwrite,
            int bufferSize,
            short replication,
            long blockSize,
            Progressable progress)
            throws IOException {
        if (!overwrite && exists(path)) {
            throw new FileAlreadyExistsException(path + " already exists");
        }
        return new FSDataOutputStream(new S3Output(s3, key(path)), statistics);
    }

    public FSDataOutputStream append(Path path, int bufferSize, Progressable progress) throws IOException {
        throw new UnsupportedOperationException("S3 can't append to " + path);
    }

    public boolean mkdirs(Path path, FsPermission permission) throws IOException {
        String key = key(path);
        if (key.length() > 0 && s3.head(key) != null) {
            throw new FileAlreadyExistsException(path + " is a file");
        }
        if (key.length() > 0 && !s3.list(key + "/", null, 1).any()) {
            s3.put(key + "/", null);
        }
        return true;
    }

    public FileStatus getFileStatus(Path path) throws IOException {
        String key = key(path);
        if (key.length() == 0) {
            return folder(path);
        }
        S3Client.Entry found = s3.head(key);
        if (found != null) {
            return file(path, found);
        }
        if (s3.list(key + "/", null, 1).any()) {
            return folder(path);
        }
        throw new FileNotFoundException(makeQualified(path) + " does not exist");
    }

    public FileStatus[] listStatus(Path path) throws IOException {
        String key = key(path);
        String prefix = key.length() == 0 ? "" : key + "/";
        S3Client.Listing listing = s3.list(prefix, "/", 0);
        if (!listing.any()) {
            return new FileStatus[] {getFileStatus(path)};
        }
        List found = new ArrayList();
        for (int index = 0; index < listing.entries.size(); index++) {
            S3Client.Entry entry = (S3Client.Entry) listing.entries.get(index);
            if (!entry.key.equals(prefix)) {
                found.add(file(at(entry.key), entry));
            }
        }
        for (int index = 0; index < listing.prefixes.size(); index++) {
            String child = (String) listing.prefixes.get(index);
            found.add(folder(at(child.substring(0, child.length() - 1))));
        }
        return (FileStatus[]) found.toArray(new FileStatus[0]);
    }

    public boolean rename(Path source, Path target) throws IOException {
        FileStatus from;
        try {
            from = getFileStatus(source);
        } catch (FileNotFoundException missing) {
            return false;
        }
        Path to = target;
        try {
            FileStatus there = getFileStatus(target);
            if (!there.isDirectory()) {
                return false;
            }
            to = new Path(target, source.getName());
        } catch (FileNotFoundException free) {
            to = target;
        }
        if (!from.isDirectory()) {
            s3.copy(key(source), key(to));
            s3.delete(key(source));
            return true;
        }
        String old = key(source) + "/";
        List entries = s3.list(old, null, 0).entries;
        for (int index = 0; index < entries.size(); index++) {
            String each = ((S3Client.Entry) entries.get(index)).key;
            s3.copy(each, key(to) + "/" + each.substring(old.length()));
        }
        deleteAll(entries);
        return true;
    }

    public boolean delete(Path path, boolean recursive) throws IOException {
        String key = key(path);
        if (key.length() > 0 && s3.head(key) != null) {
            s3.delete(key);
            return true;
        }
        List entries = s3.list(key.length() == 0 ? "" : key + "/", null, 0).entries;
        boolean onlyMarker = entries.size() == 1 && ((S3Client.Entry) entries.get(0)).key.equals(key + "/");
        if (!recursive && !entries.isEmpty() && !onlyMarker) {
            throw new IOException(path + " is not empty");
        }
        deleteAll(entries);
        return !entries.isEmpty();
    }

    private void deleteAll(List entries) throws IOException {
        for (int index = 0; index < entries.size(); index++) {
            s3.delete(((S3Client.Entry) entries.get(index)).key);
        }
    }

    private String key(Path path) {
        String text = makeQualified(path).toUri().getPath();
        return text.startsWith("/") ? text.substring(1) : text;
    }

    private Path at(String key) {
        return new Path(uri.getScheme(), uri.getAuthority(), "/" + key);
    }

    private FileStatus file(Path path, S3Client.Entry entry) {
        return new FileStatus(entry.size, false, 1, BLOCK, entry.modified, makeQualified(path));
    }

    private FileStatus folder(Path path) {
        return new FileStatus(0, true, 1, 0, 0, makeQualified(path));
    }

    /** Reads from a position on, and asks again after a seek. */
    static class S3Input extends FSInputStream {
        private final S3Client s3;
        private final String key;
        private final long length;
        private long position;
        private InputStream body;

        S3Input(S3Client s3, String key, long length) {
            this.s3 = s3;
            this.key = key;
            this.length = length;
        }

        public void seek(long target) throws IOException {
            if (target < 0 || target > length) {
                throw new java.io.EOFException("No position " + target + " in " + key);
            }
            if (target != position) {
                close();
                position = target;
            }
        }

        public long getPos() {
            return position;
        }

        public boolean seekToNewSource(long target) {
            return false;
        }

        public int available() {
            return (int) Math.min(Integer.MAX_VALUE, length - position);
        }

        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 1 ? -1 : one[0] & 0xff;
        }

        public int read(byte[] buffer, int offset, int count) throws IOException {
            if (position >= length) {
                return -1;
            }
            if (body == null) {
                body = s3.get(key, position);
            }
            int got = body.read(buffer, offset, count);
            if (got < 0) {
                throw new IOException(key + " ended at " + position + " of " + length);
            }
            position += got;
            return got;
        }

        public void close() throws IOException {
            if (body != null) {
                body.close();
                body = null;
            }
        }
    }

    /** Keeps what is written in a temporary file; the object is there, whole, once the stream is closed. */
    static class S3Output extends OutputStream {
        private final S3Client s3;
        private final String key;
        private final File file;
        private final OutputStream content;
        private boolean closed;

        S3Output(S3Client s3, String key) throws IOException {
            this.s3 = s3;
            this.key = key;
            this.file = File.createTempFile("s3-", ".part");
            this.content = new java.io.BufferedOutputStream(new FileOutputStream(file));
        }

        public void write(int value) throws IOException {
            content.write(value);
        }

        public void write(byte[] buffer, int offset, int count) throws IOException {
            content.write(buffer, offset, count);
        }

        public void close() throws IOException {
            if (closed) {
                return;
            }
            closed = true;
            try {
                content.close();
                s3.put(key, file);
            } finally {
                file.delete();
            }
        }
    }
}
