"""How far one object is from another: distances between surfaces, and likeness of pictures of them."""

from maquette.measures.alignment import Alignment as Alignment
from maquette.measures.alignment import Motion as Motion
from maquette.measures.alignment import aligned as aligned
from maquette.measures.comparison import Comparison as Comparison
from maquette.measures.comparison import compare as compare
from maquette.measures.pictures import psnr as psnr
from maquette.measures.pictures import silhouette_iou as silhouette_iou
from maquette.measures.pictures import ssim as ssim
from maquette.measures.shape import Distances as Distances
from maquette.measures.shape import Surface as Surface
from maquette.measures.shape import distances as distances
from maquette.measures.shape import f_score as f_score
from maquette.measures.shape import sampled as sampled
