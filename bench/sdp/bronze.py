"""The demo's bronze tables and reference lists for Apache Spark, which reads no files as a stream in SQL."""

from pyspark import pipelines as dp
from pyspark.sql import SparkSession

spark = SparkSession.active()
LANDING = spark.conf.get("landing")

# A stream of files must be given its columns. These are what weir works out from the same files.
FLIGHTS = """year INT, month INT, day INT, dep_time INT, sched_dep_time INT, dep_delay INT,
    arr_time INT, sched_arr_time INT, arr_delay INT, carrier STRING, flight INT, tailnum STRING,
    origin STRING, dest STRING, air_time INT, distance INT, hour INT, minute INT,
    time_hour TIMESTAMP"""
WEATHER = """origin STRING, year INT, month INT, day INT, hour INT, temp DOUBLE, dewp DOUBLE,
    humid DOUBLE, wind_dir INT, wind_speed DOUBLE, wind_gust DOUBLE, precip DOUBLE,
    pressure DOUBLE, visib DOUBLE, time_hour TIMESTAMP"""
# The lists need not, but Spark would read them once more for it, each time the project is loaded.
LISTS = {
    "airlines": "carrier STRING, name STRING",
    "airports": "faa STRING, name STRING, lat DOUBLE, lon DOUBLE, alt INT, tz INT, dst STRING, "
                "tzone STRING",
    "planes": "tailnum STRING, year INT, type STRING, manufacturer STRING, model STRING, "
              "engines INT, seats INT, speed INT, engine STRING",
}


def arriving(folder, schema):
    return (spark.readStream.format("csv").schema(schema)
            .options(header=True, nullValue="NA").load(f"{LANDING}/{folder}")
            .selectExpr("*", "_metadata.file_name AS source_file"))


def reference(name):
    return spark.read.csv(f"{LANDING}/reference/{name}.csv", schema=LISTS[name], header=True,
                          nullValue="NA")


@dp.table(comment="One row a flight, as the carrier reported it")
def flights_bronze():
    return arriving("flights", FLIGHTS)


@dp.table(comment="One row an hour and airport of origin")
def weather_bronze():
    return arriving("weather", WEATHER)


@dp.materialized_view(comment="Carrier codes and names")
def airlines():
    return reference("airlines").select("carrier", "name")


@dp.materialized_view
def airports():
    return reference("airports").select("faa", "name", "lat", "lon", "alt")


@dp.materialized_view
def planes():
    return reference("planes").selectExpr("tailnum", "year AS built", "manufacturer", "model",
                                          "seats")
