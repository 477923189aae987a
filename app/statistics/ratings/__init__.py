"""What holders of a receipt say of how they were served."""
