"""Turn text messages into hashed word counts with Spark: `prepare.py --messages URI --output URI`.

Reads the files `spam` and `ham`, a message per line, and writes LIBSVM below the output: `train` (four fifths) and
`test`. Folders of the machine do as well as S3: spark-submit --master 'local[2]' prepare.py --messages DIR --output DIR
"""

import argparse

from pyspark.ml.feature import HashingTF, Tokenizer
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import col, lit, lower, regexp_replace, trim

FEATURES = 200
"""Buckets into which words are hashed."""
KINDS = {"spam": 1.0, "ham": 0.0}
PARTS = {"train": 0.8, "test": 0.2}
SEED = 123


def main() -> None:
    """Read, clean, hash, split, write."""
    parser = argparse.ArgumentParser(description="Prepare spam and ham for XGBoost.")
    parser.add_argument("--messages", required=True, help="folder with the files spam and ham")
    parser.add_argument("--output", required=True, help="folder that gets train and test")
    options = parser.parse_args()
    spark = SparkSession.builder.appName("spam-filter").getOrCreate()
    hashed = hash_words(clean(read(spark, options.messages)))
    parts = hashed.randomSplit(list(PARTS.values()), seed=SEED)
    for name, part in zip(PARTS, parts, strict=True):
        part.coalesce(1).write.format("libsvm").mode("overwrite").save(f"{options.output}/{name}")
        print(f"{options.output}/{name}: written")
    spark.stop()


def read(spark: SparkSession, folder: str) -> DataFrame:
    """All messages, with their labels."""
    kinds = [spark.read.text(f"{folder}/{kind}").withColumn("label", lit(label)) for kind, label in KINDS.items()]
    return kinds[0].unionByName(kinds[1])


def clean(messages: DataFrame) -> DataFrame:
    """Lower case, letters only, no empty messages."""
    letters = trim(regexp_replace(lower(col("value")), "[^ a-z]", ""))
    return messages.select("label", letters.alias("text")).where(col("text") != "")


def hash_words(messages: DataFrame) -> DataFrame:
    """How often a word of each bucket occurs in each message."""
    words = Tokenizer(inputCol="text", outputCol="words").transform(messages)
    hashing = HashingTF(numFeatures=FEATURES, inputCol="words", outputCol="features")
    return hashing.transform(words).select("label", "features")


if __name__ == "__main__":
    main()
